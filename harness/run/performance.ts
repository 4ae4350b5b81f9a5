/** One experiment as it is performed: what it is, where it runs, where its evidence goes. */
import type { ExperimentRecord, SystemRecord } from '../evidence/records.ts';
import type { Experiment, WorkloadRun } from '../experiment.ts';
import type { DrawnFault } from '../fault/fault.ts';
import type { Target } from '../stage/target.ts';

export interface Performance {
  readonly experiment: Experiment;
  readonly record: ExperimentRecord;
  readonly faults: readonly DrawnFault[];
  readonly system: SystemRecord;
  readonly target: Target;
  /** When all parts were last seen well, in ms since the epoch. */
  readonly wellAt: number;
  /** The experiment's evidence folder, absolute. */
  readonly folder: string;
  /** Of the workload. */
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly tool: WorkloadRun['tool'];
  readonly say: (text: string) => void;
  /** How long the workload may go on after its signal, ms. */
  readonly patienceMs?: number;
}
