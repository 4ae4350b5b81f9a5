/**
 * The Experiment type and nothing else. A contract check, a load test and a chaos drill are the same plain object
 * with different slots filled; `run/` is the only reader.
 */
import type { ExperimentJournal } from './evidence/journal.ts';
import type { FactAsked, Sighting, SystemRecord } from './evidence/records.ts';
import type { Scope } from './process/scope.ts';
import type { Fault } from './fault/fault.ts';
import type { Random } from './random.ts';
import type { StageAsked } from './stage/stager.ts';
import type { ControlName, Target } from './stage/target.ts';
import type { ToolName } from './toolchain/toolchain.ts';
import type { CheckerName } from './verdict/checkers.ts';

/** What a row of `contracts/requirements.yaml` is called: `FR-023`, `SC-007`, `US1.3`, `EDGE-kafka`. */
export type RequirementId = string;
/** The file name of an objective under `contracts/slos/`, without `.yaml`. */
export type SloName = string;

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
  readonly faults?: readonly Fault[];
  readonly slos: readonly SloName[];
  readonly checkers: readonly CheckerName[];
  /** What the workload marks with `inArm`, for objectives on `arm:<name>`: declared, so that a typo is found before anything starts. */
  readonly arms?: readonly string[];
  /** Must be seen at least once; otherwise the run proved nothing and is `unsure`. */
  readonly sometimes?: readonly Sighting[];
  /** What the workload looks at, one thing at a time; what it never saw is `unsure`. */
  readonly facts?: readonly FactAsked[];
  /** What it stands on, where that differs from system.yaml: alone or among others, it runs on the same. */
  readonly stage?: StageAsked;
  /** What the workload itself does to parts: a target that can't skips it, and one that is not named here throws when it is used. */
  readonly needs?: readonly ControlName[];
  /** How long workload and faults may take; default: a quarter of an hour, and the times of its faults. What takes longer is stopped and `unsure`. */
  readonly timeLimitMs?: number;
  /** How long the system may take to finish what was acknowledged, before the last reads. */
  readonly settleMsMax: number;
}

export interface Workload {
  /** A sentence for the report: `k6, open model, 100 creates/s for 30 s`. */
  readonly title: string;
  /** What it cannot run without. */
  readonly tools?: readonly ToolName[];
  /** How long its measured part lasts, where that is known: a fault that may stay longer is refused. */
  readonly measuredMs?: number;
  run(w: WorkloadRun): Promise<void>;
}

export interface WorkloadRun {
  /** Its controls are lent: each use is in the journal, and what is left dead or paused is mended when the experiment ends. */
  readonly target: Target;
  /** Which of its operations are changes, and where an answer names its event. */
  readonly system: SystemRecord;
  readonly journal: ExperimentJournal;
  /** Whatever the workload leaves to chance: from a seed of its own, which is in the evidence. */
  readonly random: Random;
  readonly seed: number;
  /** The experiment's evidence folder, absolute. A workload may keep raw files there. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Where a load generator of the toolchain is. */
  readonly tool: (name: ToolName) => string;
  readonly scope: Scope;
  /** What the harness has done to parts until now: for what must be so while one is away, and must not be taken from its own word. */
  readonly hurt: () => readonly Hurt[];
}

/** A fault that went in; told from the moment it begins to go in. */
export interface Hurt {
  /** Of the fault, as in the journal. */
  readonly name: string;
  readonly part: string;
  /** False until it is really in. */
  readonly in: boolean;
  /** It is being taken out, or was. */
  readonly healing: boolean;
}
