import { clockMs } from '../harness/evidence/journal.ts';
import type { OpType } from '../harness/evidence/records.ts';
import type { Experiment, WorkloadRun } from '../harness/experiment.ts';
import type { Random } from '../harness/random.ts';
import { steady } from '../harness/workload/steady.ts';

const ratePerS = 100;
const forMs = 6_000;
const keys = 40;

/** With as many messages as a conversation gets before its oldest are summarised; how long each is, is drawn. */
function conversationOf(user: string, n: number, random: Random): object {
  const at = new Date().toISOString();
  const messages = Array.from({ length: 50 }, (_, m) => ({
    id: crypto.randomUUID(),
    role: m % 2 ? 'assistant' : 'user',
    content: `message ${n}-${m}, ${'as long as people write them '.repeat(1 + Math.floor(random() * 6))}`,
    timestamp: at,
  }));
  return {
    user_id: user,
    session_id: crypto.randomUUID(),
    messages,
    context: { task_ids: [], preferences: {} },
    created_at: at,
    updated_at: at,
  };
}

async function journaled(
  w: WorkloadRun,
  what: string,
  key: string,
  intendedAt: number,
  call: () => Promise<Response>,
): Promise<void> {
  const startedAt = clockMs();
  let [type, status]: [OpType, number] = ['unsure', 0];
  try {
    const response = await call();
    await response.arrayBuffer();
    [type, status] = [response.ok ? 'ok' : 'unsure', response.status];
  } catch {
    w.signal.throwIfAborted();
  }
  w.journal.op({ at: clockMs(), intendedAt, startedAt, who: 'steady', what, type, key, status });
}

export const state: Experiment = {
  name: 'state',
  kind: 'load',
  suite: 'verify',
  asks: 'Are conversations read from and written to the state store in time?',
  proves: ['SC-002'],
  workload: {
    title: `open model, ${ratePerS} calls/s for ${forMs / 1000} s to the sidecar's state API, every other one a write of 50 messages`,
    async run(w) {
      const store = new URL('/v1.0/state/statestore', w.target.sidecarUrl('backend'));
      const keyOf = (n: number) => `conversation:state-${w.seed}:${n % keys}`;
      // In no order that a store could guess, and in the same one for the same seed.
      const visits = Array.from({ length: (ratePerS * forMs) / 1_000 }, () => Math.floor(w.random() * keys));
      const headers = { 'content-type': 'application/json' };
      const timeout = () => AbortSignal.any([w.signal, AbortSignal.timeout(5_000)]);
      const write = (n: number) =>
        fetch(store, {
          method: 'POST',
          headers,
          body: JSON.stringify([
            { key: keyOf(n), value: conversationOf(keyOf(n), n, w.random), metadata: { ttlInSeconds: '600' } },
          ]),
          signal: timeout(),
        });
      for (let n = 0; n < keys; n++) await write(n);
      w.journal.mark('mark', 'measured-start');
      await steady(w, { ratePerS, forMs }, (n, intendedAt) => {
        const visited = visits[n] as number;
        return n % 2
          ? journaled(w, 'state-write', keyOf(visited), intendedAt, () => write(visited))
          : journaled(w, 'state-read', keyOf(visited), intendedAt, () =>
              fetch(`${store}/${encodeURIComponent(keyOf(visited))}`, { signal: timeout() }),
            );
      });
    },
  },
  slos: ['state-read-p95', 'state-write-p95'],
  checkers: [],
  settleMsMax: 10_000,
};
