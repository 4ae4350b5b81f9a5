/** A way to stage a system, as it is known before anything of it runs. Add one: a folder here, and its line in `stagers.ts`. */
import type { StageRecord } from '../evidence/records.ts';
import type { Scope } from '../process/scope.ts';
import type { System } from '../project/system.ts';
import type { Tool } from '../toolchain/tool.ts';
import type { ToolName } from '../toolchain/toolchain.ts';
import type { Controls, Target } from './target.ts';

export interface Stager {
  readonly name: Target['kind'];
  /** What its targets can do to their parts. */
  readonly controls: readonly (keyof Controls)[];
  /** Named in every manifest: what a reader must know of it to compare two runs. */
  readonly settings: Readonly<Record<string, string | number>>;
  /** The tools it needs for all of these stages. */
  tools(stages: readonly StageRecord[]): readonly ToolName[];
  /** What the parts of such a stage are called, for whoever wants to hurt one. */
  partsOf(system: System, stage: StageRecord): readonly string[];
  /** Resolves when a canary event has gone round. The scope stops all of it. */
  stage(scope: Scope, plan: StagePlan): Promise<Staged>;
}

export interface StagePlan {
  readonly system: System;
  readonly stage: StageRecord;
  readonly tools: Readonly<Partial<Record<ToolName, Tool>>>;
  /** `specified`: those of system.yaml, for people; `free`: found free. */
  readonly ports: 'specified' | 'free';
  /** Where the logs are copied when everything has stopped. */
  readonly logs: string;
  readonly say: (text: string) => void;
}

export interface Staged {
  /** The same object whatever is restaged. */
  readonly target: Target;
  /** Addresses of the parts that have something to look at. */
  readonly pages: Readonly<Record<string, string>>;
  /** Replaces what differs; resolves when a canary has gone round again, with whether anything differed. A rejection leaves it unwell. */
  restage(stage: StageRecord): Promise<boolean>;
  /** Looks at every part and sends a canary. Resolves with sentences: what is wrong, nothing if all is well. */
  ailments(): Promise<readonly string[]>;
}

/** What an experiment, or a person, asks of a stage; what is not said is as system.yaml has it. */
export interface StageAsked {
  /** At least so many. */
  readonly replicas?: Readonly<Record<string, number>>;
  /** Keep spans: costs something, and only some questions need it. */
  readonly traces?: boolean;
  /** Default: `rehearsed`. */
  readonly profile?: StageRecord['profile'];
}

/** Throws NO_SERVICE when it asks for replicas of what the system has not. */
export function stageOf({ services }: Pick<System, 'services'>, asked: StageAsked = {}): StageRecord {
  const { replicas = {}, traces = false, profile = 'rehearsed' } = asked;
  const stranger = Object.keys(replicas).find((name) => !Object.hasOwn(services, name));
  if (stranger) throw new Error(`NO_SERVICE: ${stranger}; the system has ${Object.keys(services).join(', ')}`);
  const counted = Object.entries(services).map(([name, plan]) => [name, Math.max(plan.replicas, replicas[name] ?? 0)] as const);
  return { replicas: Object.fromEntries(counted), traces, profile };
}

/** What differs in nothing needs no restaging. */
export const stageKey = ({ replicas, traces, profile }: StageRecord): string =>
  JSON.stringify([Object.entries(replicas).sort(), traces, profile]);
