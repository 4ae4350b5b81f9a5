/** Finds every mistake in an objective before anything is staged: a typo should cost a second, not ten minutes. */
import type { Slo } from '../evidence/records.ts';
import { nearest } from '../nearest.ts';
import { isArm } from './arms.ts';
import { comparisons } from './limit.ts';
import { metricNames, metrics } from './metrics.ts';
import { statisticNamed, statisticNames, statisticsOf } from './statistics/statistic.ts';
import { windowNames } from './windows.ts';

const KNOWN = [
  'name',
  'asks',
  'proves',
  'metric',
  'op',
  'stat',
  'comparison',
  'limit',
  'unit',
  'window',
  'against',
  'samplesMin',
];

/** Takes `unknown`: it comes from a file a person wrote. An empty list means the objective can be judged. */
export function validateSlo(slo: unknown): string[] {
  if (typeof slo !== 'object' || slo === null || Array.isArray(slo)) return ['an objective is a map of fields'];
  const given = slo as Readonly<Record<string, unknown>>;
  const errors: string[] = [];
  const text = (field: keyof Slo) => {
    const value = given[field];
    if (typeof value !== 'string' || value === '') errors.push(`${field} must be a text`);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const among = (field: keyof Slo, known: readonly string[]) => {
    const value = text(field);
    if (value !== undefined && !known.includes(value)) errors.push(`${value} is not a ${field}; ${suggestion(value, known)}`);
    return value !== undefined && known.includes(value) ? value : undefined;
  };
  const window = (field: 'window' | 'against') => {
    const value = text(field);
    if (value !== undefined && !isArm(value) && !(windowNames as readonly string[]).includes(value))
      errors.push(`${value} is not a window; ${suggestion(value, [...windowNames, 'arm:<name>'])}`);
    return value;
  };
  for (const field of Object.keys(given))
    if (!KNOWN.includes(field)) errors.push(`${field} is not a field; ${suggestion(field, KNOWN)}`);
  text('name');
  text('asks');
  if (!Array.isArray(given.proves) || given.proves.some((id) => typeof id !== 'string'))
    errors.push('proves must be a list of requirement ids');
  if (given.op !== undefined) text('op');
  const metric = metrics[among('metric', metricNames()) ?? ''];
  const stat = text('stat');
  const statistic = stat === undefined ? undefined : statisticNamed(stat);
  if (stat !== undefined && !statistic) errors.push(`${stat} is not a stat; ${suggestion(stat, statisticNames())}`);
  among('comparison', comparisons);
  const windows = [window('window'), ...(given.against === undefined ? [] : [window('against')])];
  if (typeof given.limit !== 'number' || !Number.isFinite(given.limit)) errors.push('limit must be a finite number');
  if (!Number.isInteger(given.samplesMin) || (given.samplesMin as number) < 1)
    errors.push('samplesMin must be a whole number of at least 1');
  const unit = text('unit');
  if (metric && statistic && statistic.of !== metric.gives)
    errors.push(`${given.metric} has no ${stat}; it has ${statisticsOf(metric.gives).join(', ')}`);
  const compares = given.against !== undefined;
  if (metric && unit !== undefined && !metric.units.includes(unit) && !(compares && unit === 'ratio'))
    errors.push(`${given.metric} is measured in ${metric.units[0]}, not ${unit}`);
  if (metric && !metric.windowed && windows.some((one) => one !== 'all'))
    errors.push(`${given.metric} looks at the whole experiment: its window is all, and it has nothing to be held against`);
  if (compares && windows[0] === windows[1]) errors.push(`${given.window} can't be held against itself`);
  if (compares && given.comparison === '==') errors.push('two windows are never exactly alike: say how far apart they may be');
  return errors;
}

function suggestion(given: string, known: readonly string[]): string {
  const guess = nearest(given, known);
  return guess ? `did you mean ${guess}?` : `known: ${known.join(', ')}`;
}
