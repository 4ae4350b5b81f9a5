/** Whether what a file exports is an Experiment: its author may not have asked a type checker. */
import { Ajv } from 'ajv';
import type { Experiment } from '../experiment.ts';
import { nearest } from '../nearest.ts';
import { controlNames } from '../stage/target.ts';

const text = { type: 'string', minLength: 1 };
const texts = { type: 'array', items: text, uniqueItems: true };
const asked = { name: text, asks: text };

/** Nobody waits longer for a system to finish; whoever wants that has mistaken seconds for milliseconds. */
const settleMsLimit = 15 * 60_000;

const properties: Readonly<Record<keyof Experiment, object>> = {
  name: text,
  kind: { enum: ['check', 'load', 'drill'] },
  suite: { enum: ['verify', 'named'] },
  asks: text,
  proves: texts,
  // `run` is a function, which no schema can say.
  workload: {
    type: 'object',
    required: ['title'],
    properties: { title: text, tools: texts, measuredMs: { type: 'integer', minimum: 1 } },
  },
  // What is in one is looked at when its stage is known.
  faults: { type: 'array', items: { type: 'object' } },
  slos: texts,
  checkers: texts,
  arms: texts,
  sometimes: {
    type: 'array',
    items: {
      type: 'object',
      additionalProperties: false,
      required: ['name', 'asks', 'metric', 'labels', 'rises', 'during'],
      properties: {
        ...asked,
        metric: text,
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        rises: { type: 'number', exclusiveMinimum: 0 },
        during: { enum: ['fault', 'all'] },
      },
    },
  },
  facts: {
    type: 'array',
    items: { type: 'object', additionalProperties: false, required: ['name', 'asks'], properties: asked },
  },
  needs: { type: 'array', items: { enum: controlNames }, uniqueItems: true },
  // Told with the system it is for.
  stage: {},
  settleMsMax: { type: 'integer', minimum: 0, maximum: settleMsLimit },
  timeLimitMs: { type: 'integer', minimum: 1_000, maximum: 24 * 60 * 60_000 },
};
const optional: readonly (keyof Experiment)[] = ['faults', 'arms', 'sometimes', 'facts', 'needs', 'stage', 'timeLimitMs'];
const known = Object.keys(properties) as (keyof Experiment)[];
const validate = new Ajv({ allErrors: true, strict: true }).compile({
  type: 'object',
  additionalProperties: false,
  required: known.filter((name) => !optional.includes(name)),
  properties,
});

/** Whether somebody meant it to be one: a file may export other things beside. */
export function isMeantAsExperiment(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return 'workload' in value || known.filter((name) => name in value).length >= 3;
}

/** Sentences, none when all is well; what only its stage and the contracts can tell is preflight's. */
export function complaintsAboutShape(value: object): string[] {
  const complaints = validate(value) ? [] : (validate.errors ?? []).map(sentenceOf);
  const { workload } = value as { workload?: unknown };
  if (typeof workload === 'object' && workload !== null && typeof (workload as { run?: unknown }).run !== 'function')
    complaints.push('workload.run must be a function');
  return complaints;
}

function sentenceOf({ instancePath, message, params }: NonNullable<typeof validate.errors>[number]): string {
  const where = instancePath.slice(1).replaceAll('/', '.') || 'it';
  if ('missingProperty' in params) return `${where === 'it' ? '' : `${where}.`}${params.missingProperty} is missing`;
  if ('additionalProperty' in params) {
    const guess = where === 'it' ? nearest(params.additionalProperty as string, known) : undefined;
    return `${where} has a field ${params.additionalProperty} that nobody reads${guess ? `; did you mean ${guess}?` : ''}`;
  }
  if ('allowedValues' in params) return `${where} must be one of ${(params.allowedValues as string[]).join(', ')}`;
  return `${where} ${message}`;
}
