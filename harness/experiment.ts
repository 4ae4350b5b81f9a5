/**
 * The Experiment type and nothing else. A contract check, a load test and a chaos drill are the same plain object
 * with different slots filled; `run.ts` is the only reader.
 */
import type { ExperimentJournal } from './evidence/journal.ts';
import type { FactAsked, Sighting, SystemRecord } from './evidence/records.ts';
import type { Scope } from './process/scope.ts';
import type { Controls, Target } from './stage/target.ts';
import type { CheckerName } from './verdict/checkers.ts';

/** What a row of `contracts/requirements.yaml` is called: `FR-023`, `SC-007`, `US1.3`, `EDGE-kafka`. */
export type RequirementId = string;
/** The file name of an objective under `contracts/slos/`, without `.yaml`. */
export type SloName = string;
/** Uniform numbers in [0, 1) from the run's seed, so that a run can be repeated. */
export type Random = () => number;

export interface Experiment {
  readonly name: string;
  readonly kind: 'check' | 'load' | 'drill';
  /** `verify` runs with `npm run verify`; `named` only when somebody names it. */
  readonly suite: 'verify' | 'named';
  /** The question, as a sentence a reviewer understands. */
  readonly asks: string;
  readonly proves: readonly RequirementId[];
  readonly workload: Workload;
  /** Absent in checks and plain load. */
  readonly faults?: readonly ScheduledFault[];
  readonly slos: readonly SloName[];
  readonly checkers: readonly CheckerName[];
  /** Parts beside the system that cost something and that only this question needs. */
  readonly needs?: readonly 'traces'[];
  /** Must be seen at least once; otherwise the run proved nothing and is `unsure`. */
  readonly sometimes?: readonly Sighting[];
  /** What the workload looks at, one thing at a time; what it never saw is `unsure`. */
  readonly facts?: readonly FactAsked[];
  /** At least so many of a service must run. */
  readonly replicas?: Readonly<Record<string, number>>;
  /** How long the system may take to finish what was acknowledged, before the last reads. */
  readonly settleMsMax: number;
}

export interface Workload {
  /** A sentence for the report: `k6, open model, 100 creates/s for 30 s`. */
  readonly title: string;
  run(w: WorkloadRun): Promise<void>;
}

export interface WorkloadRun {
  readonly target: Target;
  /** Which of its operations are changes, and where an answer names its event. */
  readonly system: SystemRecord;
  readonly journal: ExperimentJournal;
  readonly random: Random;
  readonly seed: number;
  /** The experiment's evidence folder, absolute. A workload may keep raw files there. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Where a load generator of the toolchain is. */
  readonly tool: (name: 'k6') => string;
  readonly scope: Scope;
}

export interface ScheduledFault {
  readonly fault: Fault;
  /** After the workload's measured part began. */
  readonly afterMs: number;
  /** How long it stays in before its heal is called. */
  readonly forMs: number;
}

export interface Fault {
  readonly name: string;
  readonly needs: keyof Controls;
  /** True when the system promises to keep its objectives while this fault is in. */
  readonly tolerated: boolean;
  inject(controls: Controls, random: Random): Promise<Heal>;
}

/** A fault without its cure does not type-check. Resolves when the healing is *verified*. */
export type Heal = () => Promise<void>;
