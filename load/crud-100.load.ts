import { clockMs } from '../harness/evidence/journal.ts';
import type { Experiment, WorkloadRun } from '../harness/experiment.ts';
import { type Journey, journeyTo, type Request } from '../harness/workload/journey.ts';
import { steady } from '../harness/workload/steady.ts';

const operations = 5;
const windowMs = 5_000;
const users = 20;
const stepMs = 250;

/** A life is five operations. Through the sidecars less, because there the two cores of a small machine are full at a hundred. */
const livesPerS = { direct: 20, 'direct, publishing off': 20, 'through the sidecars': 8 } as const;
type Variant = keyof typeof livesPerS;
/** There and back again, so that a machine that gets slower or warmer is not mistaken for a difference. */
const order: readonly Variant[] = [
  'through the sidecars',
  'direct',
  'direct, publishing off',
  'direct, publishing off',
  'direct',
  'through the sidecars',
];

/** Its five operations are due a quarter of a second apart: 100 a second in all, whatever the answers take. */
async function life(
  call: Journey,
  user: string,
  tasks: string,
  n: number,
  intendedAt: number,
  took: (ms: number) => void,
): Promise<void> {
  const step = async (k: number, request: Omit<Request, 'user'>) => {
    const due = intendedAt + k * stepMs;
    const waitMs = due - clockMs();
    if (waitMs > 0) await new Promise((done) => setTimeout(done, waitMs));
    const answer = await call({ ...request, user, intendedAt: due });
    if (answer.op.type === 'ok') took(answer.op.at - due);
    return answer;
  };
  const { op } = await step(0, {
    what: 'create',
    method: 'POST',
    path: tasks,
    body: { title: `task ${n}`, tags: ['figures'] },
    eventType: 'task.created',
    keyOf: (task) => String((task as { id: number }).id),
  });
  if (op.key === undefined) return;
  const [path, key] = [`${tasks}/${op.key}`, op.key];
  await step(1, { what: 'read', method: 'GET', path, key });
  await step(2, { what: 'update', method: 'PATCH', path, body: { priority_id: 2 }, key, eventType: 'task.updated' });
  await step(3, { what: 'complete', method: 'POST', path: `${path}/complete`, key, eventType: 'task.completed' });
  await step(4, { what: 'delete', method: 'DELETE', path, key, eventType: 'task.deleted' });
}

async function measure(w: WorkloadRun, variant: Variant): Promise<number[]> {
  const through = variant === 'through the sidecars';
  const call = journeyTo(through ? 'frontend' : 'backend', w);
  const took: number[] = [];
  await steady(w, { ratePerS: livesPerS[variant], forMs: windowMs }, (n, intendedAt) => {
    const user = `crud-${w.seed}-${n % users}`;
    return life(call, user, through ? '/api/tasks' : `/api/${user}/tasks`, n, intendedAt, (ms) => void took.push(ms));
  });
  return took;
}

/** Publishing is off while nobody who relays has a sidecar to publish through. Their rows wait, and go out afterwards. */
function publishing(w: WorkloadRun) {
  const { kill, revive } = w.target.controls;
  if (!kill || !revive) throw new Error(`NO_CONTROL: a ${w.target.kind} target can't take the sidecars away`);
  const sidecars = ['backend', 'recurring'].flatMap((name) =>
    w.target.replicas(name).map((_, n) => `${name}${n === 0 ? '' : `-${n}`}-sidecar`),
  );
  let off = false;
  const on = async () => {
    if (off) await Promise.all(sidecars.map((part) => revive(part)));
    off = false;
  };
  w.scope.defer('publish again', on);
  return {
    on,
    async off() {
      if (!off) await Promise.all(sidecars.map((part) => kill(part)));
      off = true;
    },
  };
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;

export const crud100: Experiment = {
  name: 'crud-100',
  kind: 'load',
  suite: 'named',
  asks: 'At 100 operations a second, what do publishing and the way through two sidecars add to the time of an answer?',
  proves: ['SC-007'],
  workload: {
    title: `open model, six windows of ${windowMs / 1000} s: ${order.map((variant) => `${variant} (${livesPerS[variant] * operations}/s)`).join('; ')}`,
    async run(w) {
      w.journal.mark('mark', 'measured-start');
      const took = new Map<Variant, number[]>();
      const events = publishing(w);
      for (const variant of order) {
        await (variant === 'direct, publishing off' ? events.off() : events.on());
        took.set(variant, [...(took.get(variant) ?? []), ...(await measure(w, variant))]);
      }
      for (const [variant, all] of took) {
        const sorted = all.toSorted((a, b) => a - b);
        const [p50, p95, p99] = [at(sorted, 0.5), at(sorted, 0.95), at(sorted, 0.99)];
        w.journal.mark(
          'note',
          `${variant}: p50 ${p50.toFixed(1)}, p95 ${p95.toFixed(1)}, p99 ${p99.toFixed(1)} ms (n = ${sorted.length})`,
          { variant, p50, p95, p99 },
        );
      }
    },
  },
  slos: ['crud-response-p95', 'nothing-lost', 'effect-once', 'events-valid', 'answers-valid'],
  checkers: ['delivery', 'crud-events', 'conformance', 'answers'],
  settleMsMax: 60_000,
};
