/** Numbers seen each second while an experiment runs: the target's, and how late the harness itself is. */
import { setTimeout as sleep } from 'node:timers/promises';
import { clockMs, type ExperimentJournal } from '../evidence/journal.ts';
import type { Sample } from '../evidence/records.ts';
import { within } from '../process/within.ts';
import type { Target } from '../stage/target.ts';

/** Returns what ends it; after one more sample, so that a counter's last rise is seen. */
export function sampleEverySecond(target: Target, journal: ExperimentJournal): () => Promise<void> {
  const stopped = new AbortController();
  const lag = new LagMeter();
  const loop = (async () => {
    for (let last = false; !last;) {
      last = stopped.signal.aborted;
      for (const sample of await look(target)) journal.sample(sample);
      journal.sample({ at: clockMs(), metric: 'harness_event_loop_lag_ms', labels: {}, value: lag.read() });
      if (!last) await sleep(1_000, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  })();
  return async () => {
    stopped.abort();
    await loop;
    lag.stop();
  };
}

/** What a target can't tell is absent in that second: numbers may be missing, they may not end the run. */
const look = (target: Target): Promise<readonly Sample[]> =>
  within(lookMsMax, 'a sample', async () => target.sample()).catch(() => []);
const lookMsMax = 5_000;

/** The longest time the harness's own event loop was late since the last reading: a busy harness mistimes what it sees. */
class LagMeter {
  #max = 0;
  #due = clockMs() + 20;
  readonly #timer = setInterval(() => {
    const now = clockMs();
    this.#max = Math.max(this.#max, now - this.#due);
    this.#due = now + 20;
  }, 20);
  read(): number {
    const max = this.#max;
    this.#max = 0;
    return max;
  }
  stop(): void {
    clearInterval(this.#timer);
  }
}
