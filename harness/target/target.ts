/** Where an experiment runs. `local.ts` stages real parts on this machine; others bring what they can. */
import type { BrokerRecord, Effect, OutboxRow, Sample } from '../evidence/records.ts';

export type ServiceName = string;

/** Ways to hurt a target. A target offers the ones it has; a fault names the one it needs. */
export interface Controls {
  /** SIGKILL; resolves when the process is gone. `part`: `kafka`, `redis`, `postgres`, `backend`, `backend-sidecar`... */
  kill(part: string): Promise<void>;
  /** Starts a killed part again on its old ports and files; resolves when it is ready. */
  revive(part: string): Promise<void>;
  pause(part: string): Promise<void>;
  resume(part: string): Promise<void>;
}

/** The last reads of an experiment, bounded to what was written since `sinceMs`. */
export interface Collected {
  readonly outbox: readonly OutboxRow[];
  readonly effects: readonly Effect[];
  readonly records: readonly BrokerRecord[];
}

export interface Target {
  readonly kind: 'local' | 'kind' | 'remote';
  /** The service's own address (replica 0). */
  url(service: ServiceName): URL;
  /** Its sidecar's HTTP API. */
  sidecarUrl(service: ServiceName): URL;
  readonly controls: Partial<Controls>;
  /** Numbers to sample each second: sidecar metrics, backlog, CPU of the machine. Never throws: what can't be read is absent. */
  sample(): Promise<readonly Sample[]>;
  /** Ids of the events that had their effect since `sinceMs`. */
  effectIds(sinceMs: number): Promise<ReadonlySet<string>>;
  /** Reads outbox, effects and broker records. */
  collect(sinceMs: number): Promise<Collected>;
}
