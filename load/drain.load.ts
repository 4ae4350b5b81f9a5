import { setTimeout as sleep } from 'node:timers/promises';
import { clockMs } from '../harness/evidence/journal.ts';
import type { Experiment, WorkloadRun } from '../harness/experiment.ts';
import { journeyTo } from '../harness/workload/journey.ts';

const rows = 20_000;
const callers = 16;
const bulk = 100;
const ceilingMs = 6_000;

/** Events per second that the sidecar takes in bulk from callers who do nothing else: what no relay can beat. */
async function ceiling(w: WorkloadRun): Promise<number> {
  // A topic nobody consumes, so that the broker and the sidecar are all there is.
  const url = new URL('/v1.0/publish/bulk/kafka-pubsub/task-updates', w.target.sidecarUrl('backend'));
  const entries = (n: number) =>
    JSON.stringify(
      Array.from({ length: bulk }, (_, i) => ({
        entryId: String(i),
        contentType: 'application/json',
        metadata: { partitionKey: String(n * bulk + i) },
        event: {
          event_id: crypto.randomUUID(),
          event_type: 'task.created',
          timestamp: new Date().toISOString(),
          version: 'v1.0',
          data: { id: i, user_id: 'ceiling', title: `task ${i}`, completed: false },
        },
      })),
    );
  let published = 0;
  const startedAt = clockMs();
  await Promise.all(
    Array.from({ length: 4 }, async (_, n) => {
      while (clockMs() - startedAt < ceilingMs) {
        const response = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: entries(n),
          signal: w.signal,
        });
        if (response.status !== 204) throw new Error(`CEILING_REFUSED: ${response.status} ${await response.text()}`);
        published += bulk;
      }
    }),
  );
  return (published * 1000) / (clockMs() - startedAt);
}

export const drain: Experiment = {
  name: 'drain',
  kind: 'load',
  suite: 'named',
  asks: `How fast does the relay drain ${rows} waiting rows, against what the sidecar takes in bulk?`,
  proves: [],
  workload: {
    title: `bulk publish straight to the sidecar for ${ceilingMs / 1000} s; then ${rows} creates while the sidecar is away; then the drain`,
    async run(w) {
      const { kill, revive } = w.target.controls;
      if (!kill || !revive)
        throw new Error(`NO_CONTROL: drain needs kill and revive, which a ${w.target.kind} target does not offer`);
      const ceilingPerS = await ceiling(w);
      w.journal.mark('mark', 'measured-start');
      await kill('backend-sidecar');
      const call = journeyTo('backend', w);
      let next = 0;
      await Promise.all(
        Array.from({ length: callers }, async () => {
          while (next++ < rows) {
            await call({
              what: 'create',
              method: 'POST',
              path: `/api/drain-${w.seed}/tasks`,
              body: { title: `task ${next}` },
              eventType: 'task.created',
              keyOf: (body) => String((body as { id: number }).id),
            });
          }
        }),
      );
      await revive('backend-sidecar');
      const unsent = async () => (await w.target.sample()).find(({ metric }) => metric === 'outbox_unsent')?.value;
      const waiting = (await unsent()) ?? 0;
      const startedAt = clockMs();
      for (let left = waiting; left > 0; left = (await unsent()) ?? left) await sleep(20, undefined, { signal: w.signal });
      const seconds = (clockMs() - startedAt) / 1000;
      // Each row goes to two topics.
      const drainPerS = (waiting * 2) / seconds;
      w.journal.mark(
        'note',
        `drain: ${waiting} rows in ${seconds.toFixed(2)} s = ${drainPerS.toFixed(0)} events/s; ceiling ${ceilingPerS.toFixed(0)} events/s; ratio ${(drainPerS / ceilingPerS).toFixed(2)}`,
        {
          waiting,
          seconds,
          drainPerS,
          ceilingPerS,
          ratio: drainPerS / ceilingPerS,
        },
      );
    },
  },
  slos: ['nothing-lost', 'effect-once'],
  checkers: ['delivery'],
  settleMsMax: 120_000,
};
