/** A way to stage a system, as it is known before anything of it runs. Add one: a folder here, and its line in `stagers.ts`. */
import type { StageRecord } from '../evidence/records.ts';
import { nearest } from '../nearest.ts';
import type { Scope } from '../process/scope.ts';
import { replicasMax, type System } from '../project/system.ts';
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
  /** What was made for this system alone and nobody may tell; absent where nothing was. */
  secrets?(): readonly Secret[];
}

export interface Secret {
  /** What it is for, e.g. `app token`; the value itself is never told. */
  readonly name: string;
  readonly value: string;
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

/** Throws STAGE_INVALID, with all that is wrong, when it asks for what the system has not or for what nobody could stage. */
export function stageOf(system: Staging, asked: StageAsked = {}): StageRecord {
  const complaints = complaintsAboutStage(system, asked);
  if (complaints.length > 0) throw new Error(`STAGE_INVALID: ${complaints.join('; ')}`);
  const { replicas = {}, traces = false, profile = 'rehearsed' } = asked;
  const counted = Object.entries(system.services).map(
    ([name, plan]) => [name, Math.max(plan.replicas, Object.hasOwn(replicas, name) ? (replicas[name] ?? 0) : 0)] as const,
  );
  return { replicas: Object.fromEntries(counted), traces, profile };
}

type Staging = Pick<System, 'services' | 'traces'>;
const profiles: readonly StageRecord['profile'][] = ['rehearsed', 'as written'];
const askable = ['replicas', 'traces', 'profile'] as const satisfies readonly (keyof StageAsked)[];

/** Takes what a person wrote in an experiment, whatever its type says. */
function complaintsAboutStage({ services, traces: spans }: Staging, asked: unknown): string[] {
  if (!isMap(asked)) return [`a stage is { replicas, traces, profile }, not ${JSON.stringify(asked)}`];
  const { replicas = {}, traces, profile } = asked;
  const unknown = Object.keys(asked).filter((word) => !(askable as readonly string[]).includes(word));
  const known = Object.keys(services);
  const counts = isMap(replicas) ? Object.entries(replicas) : [];
  const strangers = counts.map(([name]) => name).filter((name) => !Object.hasOwn(services, name));
  const wrong = counts.filter(([, n]) => !(Number.isInteger(n) && Number(n) >= 1 && Number(n) <= replicasMax));
  return [
    ...unknown.map((word) => `a stage has no ${word}${meant(word, askable)}`),
    ...(isMap(replicas) ? [] : [`replicas are { service: number }, not ${JSON.stringify(replicas)}`]),
    ...strangers.map((name) => `there is no service ${name}${meant(name, known)}`),
    ...wrong.map(([name, n]) => `replicas of ${name}: ${JSON.stringify(n)} is no whole number from 1 to ${replicasMax}`),
    ...(traces === undefined || typeof traces === 'boolean' ? [] : [`traces is true or false, not ${JSON.stringify(traces)}`]),
    ...(traces === true && !spans
      ? ['it asks for traces, and system.yaml has none: say there where they go (traces: { port })']
      : []),
    ...(profile === undefined || profiles.some((one) => one === profile)
      ? []
      : [`there is no profile ${JSON.stringify(profile)}${meant(String(profile), profiles)}`]),
  ];
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function meant(word: string, known: readonly string[]): string {
  const guess = nearest(word, known);
  return guess ? `; did you mean ${guess}?` : `; there is ${known.join(', ')}`;
}

/** What differs in nothing needs no restaging. */
export const stageKey = ({ replicas, traces, profile }: StageRecord): string =>
  JSON.stringify([Object.entries(replicas).sort(), traces, profile]);
