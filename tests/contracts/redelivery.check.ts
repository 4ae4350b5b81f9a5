import { setTimeout as sleep } from 'node:timers/promises';
import type { Experiment, WorkloadRun } from '../../harness/experiment.ts';
import { journeyTo } from '../../harness/workload/journey.ts';

const tasks = 20;

/** Waits until each of these promised events has had its effect. */
async function effects(w: WorkloadRun, since: number, eventIds: readonly string[]): Promise<void> {
  const giveUp = AbortSignal.any([w.signal, AbortSignal.timeout(20_000)]);
  for (;;) {
    const seen = await w.target.effectIds(since);
    if (eventIds.every((id) => seen.has(id))) return;
    await sleep(50, undefined, { signal: giveUp });
  }
}

/** Publishes a record of the broker once more, as a broker does after a lost acknowledgement: same id, same key, same event. */
async function redeliver(
  w: WorkloadRun,
  { topic, key, id, event }: { topic: string; key: string | null; id: string | null; event: unknown },
): Promise<void> {
  const url = new URL(`/v1.0/publish/kafka-pubsub/${topic}`, w.target.sidecarUrl('backend'));
  url.searchParams.set('metadata.cloudevent.id', String(id));
  url.searchParams.set('metadata.partitionKey', String(key));
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(event),
    signal: AbortSignal.any([w.signal, AbortSignal.timeout(10_000)]),
  });
  if (response.status !== 204) throw new Error(`REDELIVERY_REFUSED: ${response.status} ${await response.text()}`);
}

export const redelivery: Experiment = {
  name: 'redelivery',
  kind: 'check',
  suite: 'verify',
  asks: 'Does an event that the broker delivers twice have its effect once?',
  proves: ['SC-006'],
  workload: {
    title: `${tasks} tasks created, their events published a second time, then each task updated`,
    async run(w) {
      const call = journeyTo('backend', w);
      const since = w.journal.mark('mark', 'measured-start').at;
      const user = `redelivery-${w.seed}`;
      const created: { readonly key: string; readonly eventId: string }[] = [];
      for (let n = 0; n < tasks; n++) {
        const { op } = await call({
          what: 'create',
          user,
          method: 'POST',
          path: `/api/${user}/tasks`,
          body: { title: `task ${n}` },
          keyOf: (body) => String((body as { id: number }).id),
        });
        if (op.key && op.eventId) created.push({ key: op.key, eventId: op.eventId });
      }
      const ids = created.map(({ eventId }) => eventId);
      await effects(w, since, ids);
      const { records } = await w.target.collect(since);
      const again = records.filter(({ topic, id }) => topic === 'task-events' && id !== null && ids.includes(id));
      for (const record of again) await redeliver(w, record);
      // Of none, nothing was seen: the inbox had no second delivery to refuse.
      const redelivered = new Set(again.map(({ id }) => id)).size;
      w.journal.fact({ name: 'delivered-twice', expected: tasks, actual: redelivered });
      // Same key, same partition: when the update has its effect, the second delivery has been dealt with.
      const updates: string[] = [];
      for (const { key } of created) {
        const { op } = await call({
          what: 'update',
          user,
          method: 'PATCH',
          path: `/api/${user}/tasks/${key}`,
          body: { title: 'renamed' },
          key,
        });
        if (op.eventId) updates.push(op.eventId);
      }
      await effects(w, since, updates);
    },
  },
  facts: [{ name: 'delivered-twice', asks: `Was the event of each of the ${tasks} tasks published a second time?` }],
  slos: ['nothing-lost', 'effect-once', 'events-valid', 'answers-valid'],
  checkers: ['delivery', 'order', 'conformance', 'answers'],
  settleMsMax: 20_000,
};
