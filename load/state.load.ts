import { clockMs } from '../harness/evidence/journal.ts';
import type { OpType } from '../harness/evidence/records.ts';
import type { Experiment, WorkloadRun } from '../harness/experiment.ts';
import { type Random, uuidFrom } from '../harness/random.ts';
import { steady } from '../harness/workload/steady.ts';

const ratePerS = 100;
const forMs = 6_000;
const keys = 40;
/** As many as a conversation gets before its oldest are summarised. */
const messagesKept = 50;

/** How long each message is, is drawn. */
function conversationOf(user: string, n: number, random: Random): object {
  // No clock: the same seed writes the same conversations.
  const at = '2026-01-01T00:00:00.000Z';
  const messages = Array.from({ length: messagesKept }, (_, m) => ({
    id: uuidFrom(random),
    role: m % 2 ? 'assistant' : 'user',
    content: `message ${n}-${m}, ${'as long as people write them '.repeat(1 + Math.floor(random() * 6))}`,
    timestamp: at,
  }));
  return {
    user_id: user,
    session_id: uuidFrom(random),
    messages,
    context: { task_ids: [], preferences: {} },
    created_at: at,
    updated_at: at,
  };
}

/** None of what is no conversation. */
function messagesIn(body: string): number {
  try {
    const { messages } = JSON.parse(body) as { messages?: unknown };
    return Array.isArray(messages) ? messages.length : 0;
  } catch {
    return 0;
  }
}

async function journaled(
  w: WorkloadRun,
  n: number,
  what: string,
  key: string,
  intendedAt: number,
  call: () => Promise<Response>,
): Promise<{ readonly status: number; readonly body: string }> {
  const startedAt = clockMs();
  const request = { intendedAt, who: 'steady', what, key };
  w.journal.invoke({ id: `${what}-${n}`, at: startedAt, ...request });
  let [type, status, body]: [OpType, number, string] = ['unsure', 0, ''];
  try {
    const response = await call();
    body = await response.text();
    [type, status] = [response.ok ? 'ok' : 'unsure', response.status];
  } catch {
    w.signal.throwIfAborted();
  }
  w.journal.op({ invoke: `${what}-${n}`, at: clockMs(), startedAt, ...request, type, status });
  return { status, body };
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
      let [written, found] = [0, 0];
      const half = (ratePerS * forMs) / 2_000;
      await steady(w, { ratePerS, forMs, what: { 'state-read': half, 'state-write': half } }, async (n, intendedAt) => {
        const key = keyOf(visits[n] as number);
        if (n % 2) {
          const { status } = await journaled(w, n, 'state-write', key, intendedAt, () => write(visits[n] as number));
          if (status === 204) written += 1;
          return;
        }
        const { status, body } = await journaled(w, n, 'state-read', key, intendedAt, () =>
          fetch(`${store}/${encodeURIComponent(key)}`, { signal: timeout() }),
        );
        // A store that has nothing answers 204, and is fast at it.
        if (status === 200 && messagesIn(body) === messagesKept) found += 1;
      });
      w.journal.fact({ name: 'written', expected: visits.length / 2, actual: written, about: 'writes that were taken' });
      w.journal.fact({
        name: 'found',
        expected: visits.length / 2,
        actual: found,
        about: 'reads that gave a whole conversation',
      });
    },
  },
  facts: [
    { name: 'written', asks: 'Is every write taken?' },
    { name: 'found', asks: 'Does every read find a whole conversation?' },
  ],
  slos: ['state-read-p95', 'state-write-p95'],
  checkers: [],
  settleMsMax: 10_000,
};
