/**
 * The one table of what an objective may ask of a measurement. Percentiles have no line: any `p<number>` between 0 and 100 is one,
 * and ten samples must lie beyond it.
 */
import { samplesForPercentile } from './histogram.ts';

/** Many latencies, however they are kept. */
export interface Spread {
  percentileMs(percentile: number): number;
  maxMs(): number;
  meanMs(): number;
}

/** Read off many latencies... */
interface OfLatencies {
  readonly of: 'latencies';
  /** Fewer samples than this decide nothing. */
  readonly samplesLeast: number;
  read(latencies: Spread): number;
}
/** ...or the name of the one number that a metric gives. */
interface OfNumber {
  readonly of: 'count' | 'rate' | 'ratio' | 'value';
  readonly samplesLeast: number;
  /** What a part counts for when the numbers of several become one; absent where that has no meaning. */
  weigh?(part: { readonly seconds: number; readonly samples: number }): number;
}
export type Statistic = OfLatencies | OfNumber;

/** What a metric gives, and with it the statistics that can be asked of it. */
export type Given = Statistic['of'];

const statistics: Readonly<Record<string, Statistic>> = {
  max: { of: 'latencies', samplesLeast: 1, read: (latencies) => latencies.maxMs() },
  mean: { of: 'latencies', samplesLeast: 1, read: (latencies) => latencies.meanMs() },
  count: { of: 'count', samplesLeast: 1 },
  rate: { of: 'rate', samplesLeast: 1, weigh: ({ seconds }) => seconds },
  ratio: { of: 'ratio', samplesLeast: 1, weigh: ({ samples }) => samples },
  value: { of: 'value', samplesLeast: 1 },
};

export function statisticNamed(name: string): Statistic | undefined {
  const percentile = percentileNamed(name);
  if (percentile === undefined) return Object.hasOwn(statistics, name) ? statistics[name] : undefined;
  return {
    of: 'latencies',
    samplesLeast: samplesForPercentile(percentile),
    read: (latencies) => latencies.percentileMs(percentile),
  };
}

/** For whoever mistyped one: those with a line, or of the percentiles the ones that are asked for most. */
export const statisticsOf = (given: Given): string[] => [
  ...(given === 'latencies' ? ['p50', 'p95', 'p99', 'p99.9'] : []),
  ...Object.entries(statistics).flatMap(([name, { of }]) => (of === given ? [name] : [])),
];

export const statisticNames = (): string[] => [...statisticsOf('latencies'), ...Object.keys(statistics)];

/** As a number is written: `p99.9`, neither `p099` nor `p100`, which is the maximum. */
function percentileNamed(name: string): number | undefined {
  const percentile = /^p(\d{1,2}(?:\.\d{1,3})?)$/.exec(name)?.[1];
  return percentile === undefined || Number(percentile) === 0 || `p${Number(percentile)}` !== name
    ? undefined
    : Number(percentile);
}
