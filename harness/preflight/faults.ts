/** What can be wrong with a fault before anything is staged: its kind, its part, its parameters, its times. */
import { Ajv } from 'ajv';
import type { Experiment } from '../experiment.ts';
import type { Fault } from '../fault/fault.ts';
import { kindOf, kinds } from '../fault/kinds.ts';
import { nearest } from '../nearest.ts';
import type { ControlName } from '../stage/target.ts';

/** No drill waits longer for one fault; whoever wants that has mistaken seconds for milliseconds. */
const faultMsMax = 15 * 60_000;

const whole = (maximum: number) => ({ type: 'integer', minimum: 0, maximum });
const time = (maximum: number) => ({
  anyOf: [
    whole(maximum),
    {
      type: 'object',
      additionalProperties: false,
      required: ['from', 'to'],
      properties: { from: whole(maximum), to: whole(maximum) },
    },
  ],
});

/** Sentences, each with what would be right; none when all is well. `parts`: those of the stage it will meet. */
export function complaintsAboutFault(fault: Fault, parts: readonly string[]): string[] {
  const title = `fault ${String(fault.do)} ${String(fault.to)}`;
  const kind = kindOf(fault.do);
  if (!kind)
    return [
      `${title}: there is no kind ${fault.do}${meant(fault.do, Object.keys(kinds))} Kinds: ${Object.keys(kinds).join(', ')}`,
    ];
  const schema = {
    type: 'object',
    additionalProperties: false,
    required: ['do', 'to', 'afterMs', 'forMs', 'tolerated', ...Object.keys(kind.parameters)],
    properties: {
      do: { type: 'string' },
      to: { type: 'string', minLength: 1 },
      afterMs: time(faultMsMax),
      forMs: time(faultMsMax),
      tolerated: { type: 'boolean' },
      ...kind.parameters,
    },
  };
  const validate = new Ajv({ allErrors: true, strict: true, strictTypes: false }).compile(schema);
  if (!validate(fault)) {
    const errors = (validate.errors ?? []).filter(({ keyword }) => keyword !== 'anyOf');
    return [
      ...new Set(
        errors.map(({ instancePath, message, params }) => {
          const what = 'additionalProperty' in params ? ` (${params.additionalProperty})` : '';
          return `${title}: ${instancePath.slice(1).replaceAll('/', '.') || 'it'} ${message}${what}`;
        }),
      ),
    ];
  }
  const backwards = (['afterMs', 'forMs'] as const).filter((name) => {
    const value = fault[name];
    return typeof value === 'object' && value.from > value.to;
  });
  const fitting = parts.filter(kind.fits ?? isProcess);
  const strangers = partsOf(fault).filter((part) => !(part === fault.to ? fitting : parts).includes(part));
  return [
    ...backwards.map((name) => `${title}: ${name} ends before it begins`),
    ...strangers.map(
      (part) => `${title}: there is no part ${part}${meant(part, fitting)} Parts of its stage: ${fitting.join(', ')}`,
    ),
  ];
}

/** What is done to a broker meets its topics, too. */
const touch = (one: string, other: string): boolean =>
  one === other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`);

const isProcess = (part: string): boolean => !part.includes('/');

const partsOf = (fault: Fault): readonly string[] => kindOf(fault.do)?.parts?.(fault) ?? [fault.to];
const earliest = (value: Fault['afterMs']): number => (typeof value === 'number' ? value : value.from);
const latest = (value: Fault['afterMs']): number => (typeof value === 'number' ? value : value.to);

/**
 * Two faults that may be in one part at the same time: the cure of one would meet what the other did to it, and the system would
 * be blamed. Ranges count at their widest. Only for faults that are well by themselves.
 */
export function overlaps(faults: readonly Fault[]): string[] {
  return faults.flatMap((one, index) =>
    faults.slice(index + 1).flatMap((other) => {
      const shared = partsOf(one).filter((part) => partsOf(other).some((theirs) => touch(part, theirs)));
      const apart =
        latest(one.afterMs) + latest(one.forMs) < earliest(other.afterMs) ||
        latest(other.afterMs) + latest(other.forMs) < earliest(one.afterMs);
      if (shared.length === 0 || apart) return [];
      return [
        `faults ${one.do} ${one.to} and ${other.do} ${other.to} may both be in ${shared.join(', ')} at once; let one end before the other begins`,
      ];
    }),
  );
}

/** Faults that may stay longer than the workload's measured part lasts: what they do then, nobody sees. */
export function outlasting(faults: readonly Fault[], measuredMs: number | undefined): string[] {
  if (measuredMs === undefined) return [];
  return faults.flatMap((fault) => {
    const endMs = latest(fault.afterMs) + latest(fault.forMs);
    if (endMs <= measuredMs) return [];
    return [
      `fault ${fault.do} ${fault.to} may be in until ${endMs} ms, and the measured part ends after ${measuredMs} ms; let it end before`,
    ];
  });
}

/** What faults, their cures, or the workload itself need and the target has not: `revive, which its faults need`. */
export function lackingOf(
  { faults = [], needs = [] }: Pick<Experiment, 'faults' | 'needs'>,
  has: readonly ControlName[],
): string[] {
  const lacking = (wanted: readonly ControlName[], whose: string) => {
    const missing = [...new Set(wanted)].filter((control) => !has.includes(control));
    return missing.length > 0 ? [`${missing.join(', ')}, which its ${whose}`] : [];
  };
  return [
    ...lacking(
      faults.flatMap(({ do: name }) => kindOf(name)?.controls ?? []),
      'faults need',
    ),
    ...lacking(needs, 'workload needs'),
  ];
}

function meant(word: string, known: readonly string[]): string {
  const guess = nearest(word, [...known]);
  return guess ? `; did you mean ${guess}?` : '.';
}
