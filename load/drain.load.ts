import { setTimeout as sleep } from 'node:timers/promises';
import { clockMs } from '../harness/evidence/journal.ts';
import type { Experiment, WorkloadRun } from '../harness/experiment.ts';
import { uuidFrom } from '../harness/random.ts';
import { inArm } from '../harness/workload/arm.ts';
import { journeyTo } from '../harness/workload/journey.ts';

const rows = 20_000;
const callers = 16;
const bulk = 100;
const ceilingMs = 6_000;
/** How the ids begin of what is published past the outbox: nobody's rows. */
const ceilingIds = 'ce111116';

/** The sidecar takes what callers hand it in bulk who do nothing else: what no relay can beat. */
async function ceiling(w: WorkloadRun): Promise<void> {
  // A topic nobody consumes, so that the broker and the sidecar are all there is.
  const url = new URL('/v1.0/publish/bulk/kafka-pubsub/task-updates', w.target.sidecarUrl('backend'));
  const entries = (n: number) =>
    JSON.stringify(
      Array.from({ length: bulk }, (_, i) => {
        const id = `${ceilingIds}${uuidFrom(w.random).slice(ceilingIds.length)}`;
        return {
          entryId: String(i),
          contentType: 'application/json',
          metadata: { partitionKey: String(n * bulk + i), 'cloudevent.id': id },
          event: {
            event_id: id,
            event_type: 'task.created',
            timestamp: new Date().toISOString(),
            version: 'v1.0',
            data: { id: i, user_id: 'ceiling', title: `task ${i}`, completed: false },
          },
        };
      }),
    );
  w.journal.mark('mark', 'planted', { topic: 'task-updates', idPrefix: ceilingIds });
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
      }
    }),
  );
}

async function fill(w: WorkloadRun): Promise<void> {
  const call = journeyTo('backend', w);
  w.journal.plan({ who: 'journey', what: 'create', model: 'closed', arrivals: rows, concurrency: callers });
  let next = 0;
  const caller = async () => {
    while (next < rows) {
      next += 1;
      await call({
        what: 'create',
        user: `drain-${w.seed}`,
        method: 'POST',
        path: `/api/drain-${w.seed}/tasks`,
        body: { title: `task ${next}` },
        keyOf: (body) => String((body as { id: number }).id),
      });
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
}

const unsent = async (w: WorkloadRun): Promise<number | undefined> =>
  (await w.target.sample()).find(({ metric }) => metric === 'outbox_unsent')?.value;

/** From the first of them in the broker to the last, by the broker's own time: the relay's way back to work is not its speed. */
async function markDrain(w: WorkloadRun, since: number): Promise<void> {
  const { outbox, records } = await w.target.collect(since);
  const own = new Set<string | null>(outbox.map(({ eventId }) => eventId));
  const seen = records.filter(({ id }) => own.has(id)).map(({ at }) => at);
  if (seen.length === 0) throw new Error('NOTHING_DRAINED: the outbox is empty, and the broker holds none of its rows');
  const [first, last] = seen.reduce(([low, high], at) => [Math.min(low, at), Math.max(high, at)], [Infinity, -Infinity]);
  w.journal.mark('arm-in', 'drain', { records: seen.length }, first);
  w.journal.mark('arm-out', 'drain', { records: seen.length }, last + 1);
}

export const drain: Experiment = {
  name: 'drain',
  kind: 'load',
  needs: ['kill', 'revive', 'pause', 'resume'],
  suite: 'named',
  asks: `How fast does the relay drain ${rows} waiting rows, against what the sidecar takes in bulk?`,
  proves: [],
  workload: {
    title: `bulk publish straight to the sidecar for ${ceilingMs / 1000} s; then ${rows} creates while the sidecar is away; then the drain`,
    async run(w) {
      const { kill, revive, pause, resume } = w.target.controls;
      if (!kill || !revive || !pause || !resume)
        throw new Error(`NO_CONTROL: a ${w.target.kind} target can't stop and go on with its parts`);
      // The subscriber would share the cores with the relay, and with the ceiling's callers: it waits until both are measured.
      for (const part of ['notification', 'notification-sidecar']) {
        w.scope.defer(`resume ${part}`, () => resume(part));
        await pause(part);
      }
      // One relay against one sidecar: recurring has a relay too, on the same outbox, and would take half the rows.
      w.scope.defer('revive recurring', () => revive('recurring'));
      await kill('recurring');
      await inArm(w, 'ceiling', () => ceiling(w));
      const since = w.journal.mark('mark', 'measured-start').at;
      await kill('backend-sidecar');
      await fill(w);
      await revive('backend-sidecar');
      while ((await unsent(w)) !== 0) await sleep(250, undefined, { signal: w.signal });
      await markDrain(w, since);
    },
  },
  arms: ['ceiling', 'drain'],
  slos: ['drain-ratio', 'nothing-lost', 'effect-once'],
  checkers: ['delivery'],
  settleMsMax: 120_000,
};
