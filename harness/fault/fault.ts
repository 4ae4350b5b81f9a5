/** A fault is data: what is done to which part, from when, and for how long. What a kind of fault does is in its own file. */
import type { Random } from '../random.ts';
import type { Controls } from '../stage/target.ts';

export interface Fault {
  /** A kind of `kinds.ts`: `kill`, `pause`, `crash` ... */
  readonly do: string;
  /** The part it is done to: `kafka`, `backend-1`, `frontend-sidecar` ... */
  readonly to: string;
  /** After the workload's measured part began. */
  readonly afterMs: Time;
  /** How long it stays in before it is healed. */
  readonly forMs: Time;
  /** True when the system promises to keep its objectives while this fault is in. */
  readonly tolerated: boolean;
  /** What its kind wants to know besides. */
  readonly [parameter: string]: unknown;
}

/** A range is drawn from once a run, by the run's seed; what was drawn is in the evidence. */
export type Time = number | { readonly from: number; readonly to: number };

/** As it goes in: with its name in the journal, its own seed, and times drawn. */
export interface DrawnFault extends Fault {
  readonly name: string;
  readonly seed: number;
  readonly afterMs: number;
  readonly forMs: number;
}

export interface Kind {
  /** Every control that it *and its cure* need. */
  readonly controls: readonly (keyof Controls)[];
  /** JSON Schemas of what it wants to know besides `to` and the times; all of it is required. */
  readonly parameters: Readonly<Record<string, object>>;
  /** Every part it touches; default: `to`. */
  parts?(fault: Fault): readonly string[];
  /** Whether `to` may be this part of the stage; default: any that is a process (`a/b` is a part of a part). */
  fits?(part: string): boolean;
  inject(fault: DrawnFault, controls: Controls, random: Random): Promise<Heal>;
}

/** A fault without its cure does not type-check. Resolves when the healing is *verified*. */
export type Heal = () => Promise<void>;
