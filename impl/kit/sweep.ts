/** Deletes what is older than its retention, a bounded batch at a time, so that no statement holds much or lasts long. */
import type { Logger } from 'pino';
import type { Background } from './service.ts';
import { openSignal } from './signal.ts';

export interface SweepOptions {
  readonly name: string;
  readonly retentionHours: number;
  /** Deletes at most so many rows and says how many. */
  prune(beforeMs: number, rowsMax: number): Promise<number>;
  readonly log: Logger;
}

const everyMs = 60_000;
const rowsMax = 1_000;

export function openSweep(options: SweepOptions): Background {
  const wake = openSignal();
  let stopping = false;
  let loop: Promise<void> | undefined;
  return {
    name: `sweep of ${options.name}`,
    async start() {
      loop = run();
    },
    async stop() {
      stopping = true;
      wake.raise();
      await loop;
    },
  };

  async function run(): Promise<void> {
    while (!stopping) {
      let full = false;
      try {
        const rows = await options.prune(Date.now() - options.retentionHours * 3_600_000, rowsMax);
        full = rows === rowsMax;
        if (rows > 0) options.log.debug({ rows, of: options.name }, 'swept');
      } catch (error) {
        options.log.warn({ err: error, of: options.name }, 'sweep failed; it will be tried again');
      }
      await wake.wait(full ? 100 : everyMs);
    }
  }
}
