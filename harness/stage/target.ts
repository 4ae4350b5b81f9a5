/** Where an experiment runs. `local/` stages real parts on this machine; others bring what they can. */
import type { EvidenceRows, LastReadKind } from '../evidence/files.ts';
import type { Sample } from '../evidence/records.ts';
import type { TraceSpan } from '../process/zipkin.ts';

export type ServiceName = string;

/** Ways to hurt a target. A target offers the ones it has; a fault names the one it needs. */
export interface Controls {
  /** SIGKILL; resolves when the process is gone. `part`: `kafka`, `redis`, `postgres`, `backend`, `backend-sidecar`... */
  kill(part: string): Promise<void>;
  /** Starts a killed part again on its old ports and files; resolves when it is ready. */
  revive(part: string): Promise<void>;
  /** As revive, but found under its name at a new address, as what a scheduler puts in the place of a lost pod. */
  replace(part: string): Promise<void>;
  pause(part: string): Promise<void>;
  resume(part: string): Promise<void>;
  /** One topic (`kafka/task-events`) takes no writes any more; reading goes on. */
  refuse(part: string): Promise<void>;
  accept(part: string): Promise<void>;
}

export type ControlName = keyof Controls;

export const controlNames: readonly ControlName[] = ['kill', 'revive', 'replace', 'pause', 'resume', 'refuse', 'accept'];

/** A part that ended without being told to. */
export interface CrashSeen {
  readonly part: string;
  readonly at: number;
  readonly code: number | null;
  readonly signal: string | null;
  /** The end of its log. */
  readonly lastWords: string;
}

/** The last reads of an experiment, bounded to what was written since `sinceMs`: all that evidence/files.ts says is written by them. */
export type Collected = Required<Pick<EvidenceRows, LastReadKind>>;

/** What has not come to rest: nothing, when both are 0. */
export interface Stillness {
  /** Rows that some outbox still has to send. */
  readonly unsent: number;
  /** Records that some consumer has not taken. */
  readonly lag: number;
  /** Which consumer is furthest behind, and on which topic. */
  readonly worst?: string;
}

/** A mail as it arrived. */
export interface Mail {
  readonly id: string;
  readonly messageId: string | null;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly receivedAt: number;
}

export interface Target {
  readonly kind: 'local' | 'kind' | 'remote';
  /** The service's own address (replica 0). */
  url(service: ServiceName): URL;
  /** Every replica's own address. */
  replicas(service: ServiceName): readonly URL[];
  /** What a user of that name sends to be known; nothing where the system knows no users. */
  authorization(user: string): Promise<Readonly<Record<string, string>>>;
  /** Mails that arrived for an address; absent where nobody can look. */
  mails?(to: string): Promise<readonly Mail[]>;
  /** What each replica of a service has logged since it was first started, in the order of `replicas`; absent where nobody can read it. */
  logs?(service: ServiceName): readonly string[];
  /** The spans of a trace; absent unless an experiment asked for traces. */
  readonly trace?: ((traceId: string) => Promise<readonly TraceSpan[]>) | undefined;
  /** Its sidecar's HTTP API. */
  sidecarUrl(service: ServiceName): URL;
  readonly controls: Partial<Controls>;
  /** Numbers to sample each second: sidecar metrics, backlog, CPU of the machine. Never throws: what can't be read is absent. */
  sample(): Promise<readonly Sample[]>;
  /** Parts that crashed since `sinceMs`; absent where nobody can see processes. */
  crashes?(sinceMs: number): readonly CrashSeen[];
  /** Ids of the events that had an effect, with whatever consumer, since `sinceMs`. */
  effectIds(sinceMs: number): Promise<ReadonlySet<string>>;
  /** An experiment begins: remembers where the topics end, so that `collect` need not read what lies before. */
  begin(): Promise<void>;
  /** Asks all outboxes and all consumer groups. Rejects when one of them can't be asked, after some seconds at most. */
  stillness(): Promise<Stillness>;
  /** Reads every outbox, effects and broker records. */
  collect(sinceMs: number): Promise<Collected>;
}
