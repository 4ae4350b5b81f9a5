/** The checkers an experiment may name. Add one: add a file, and its line here. */
import type { EvidenceKind } from '../evidence/files.ts';
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import { completions } from './completions.ts';
import { conformance, type Schemas } from './conformance.ts';
import { crudEvents } from './crud-events.ts';
import { delivery } from './delivery.ts';
import { healed } from './healed.ts';
import { answers } from './http-conformance.ts';
import { type Judgement, unsure } from './judgement.ts';
import { order } from './order.ts';
import { generator } from './validity.ts';

export interface Checker {
  /** `checker` judges the system, `validity` judges the experiment itself. */
  readonly kind: 'checker' | 'validity';
  /** The promise as a sentence. */
  readonly asks: string;
  /** What it looks at; first the file in which a counter-example is to be looked up. */
  readonly reads: readonly [EvidenceKind, ...EvidenceKind[]];
  readonly check: (evidence: ExperimentEvidence, schemas: Schemas | undefined) => Judgement;
}

export const checkers = {
  completions: {
    kind: 'checker',
    asks: 'What was to be sent was sent and answered for once, each kind of operation works, and acknowledgements name their own events.',
    reads: ['ops', 'invokes', 'plans', 'outbox', 'records', 'samples', 'marks'],
    check: completions,
  },
  delivery: {
    kind: 'checker',
    asks: 'Every acknowledged event has its effect exactly once.',
    reads: ['effects', 'ops', 'outbox', 'records', 'marks'],
    check: delivery,
  },
  order: {
    kind: 'checker',
    asks: 'Events of one key take effect in the order they were acknowledged.',
    reads: ['effects', 'ops', 'records'],
    check: order,
  },
  'crud-events': {
    kind: 'checker',
    asks: 'Each change makes exactly its event, and reading makes none.',
    reads: ['outbox', 'ops', 'effects', 'records', 'marks'],
    check: crudEvents,
  },
  conformance: {
    kind: 'checker',
    asks: 'Everything in the broker keeps its published schema and envelope.',
    reads: ['records', 'ops', 'outbox', 'marks'],
    check: conformance,
  },
  answers: {
    kind: 'checker',
    asks: 'Every answer a client got keeps the published HTTP contract.',
    reads: ['answers'],
    check: answers,
  },
  healed: {
    kind: 'checker',
    asks: 'Every fault was taken out again, and the healing was verified.',
    reads: ['marks'],
    check: healed,
  },
  generator: {
    kind: 'validity',
    asks: 'The load generator kept its arrival schedule.',
    reads: ['ops', 'samples', 'marks', 'plans'],
    check: (evidence) => generator(evidence),
  },
} as const satisfies Record<string, Checker>;

export type CheckerName = keyof typeof checkers;

export const checkerNames = (): CheckerName[] => Object.keys(checkers) as CheckerName[];

export const claimOf = (name: CheckerName): string => `${checkers[name].kind}:${name}`;

/** A checker that throws has found nothing out; it must not take the other verdicts with it. */
export function safely(judge: () => Judgement): Judgement {
  try {
    return judge();
  } catch (cause) {
    return unsure(`the checker itself broke: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}
