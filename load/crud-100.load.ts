import { clockMs } from '../harness/evidence/journal.ts';
import type { Experiment, WorkloadRun } from '../harness/experiment.ts';
import { inArm } from '../harness/workload/arm.ts';
import { type Journey, journeyTo, type Request } from '../harness/workload/journey.ts';
import { steady } from '../harness/workload/steady.ts';
import { type Draw, drawTask } from './k6/draw.ts';

const operations = 5;
const windowMs = 5_000;
const users = 20;
const stepMs = 250;

/**
 * A life is five operations. Straight to the backend, with and without publishing; through both sidecars less, because there the two
 * cores of a small machine are full at a hundred.
 */
const livesPerS = { 'publishing-on': 20, 'publishing-off': 20, 'through-sidecars': 8 } as const;
type Arm = keyof typeof livesPerS;
/**
 * There and back again, so that a machine that gets slower or warmer is not mistaken for a difference; the two that may differ least
 * are neighbours four times.
 */
const order: readonly Arm[] = [
  'through-sidecars',
  'publishing-on',
  'publishing-off',
  'publishing-off',
  'publishing-on',
  'publishing-on',
  'publishing-off',
  'publishing-off',
  'publishing-on',
  'through-sidecars',
];

/** Its five operations are due a quarter of a second apart: 100 a second in all, whatever the answers take. */
async function life(call: Journey, user: string, tasks: string, drawn: Draw, intendedAt: number): Promise<void> {
  const step = async (k: number, request: Omit<Request, 'user'>) => {
    const due = intendedAt + k * stepMs;
    const waitMs = due - clockMs();
    if (waitMs > 0) await new Promise((done) => setTimeout(done, waitMs));
    return call({ ...request, user, intendedAt: due });
  };
  const { op } = await step(0, {
    what: 'create',
    method: 'POST',
    path: tasks,
    body: { title: drawn.title, description: drawn.description, tags: ['figures'] },
    keyOf: (task) => String((task as { id: number }).id),
  });
  if (op.key === undefined) return;
  const [path, key] = [`${tasks}/${op.key}`, op.key];
  await step(1, { what: 'read', method: 'GET', path, key });
  await step(2, { what: 'update', method: 'PATCH', path, body: { priority_id: 2 }, key });
  await step(3, { what: 'complete', method: 'POST', path: `${path}/complete`, key });
  await step(4, { what: 'delete', method: 'DELETE', path, key });
}

async function livesOf(w: WorkloadRun, arm: Arm): Promise<void> {
  const through = arm === 'through-sidecars';
  const call = journeyTo(through ? 'frontend' : 'backend', w);
  const arrivals = { ratePerS: livesPerS[arm], forMs: windowMs, what: 'create', then: ['read', 'update', 'complete', 'delete'] };
  await steady(w, arrivals, (n, intendedAt) => {
    const user = `crud-${w.seed}-${n % users}`;
    // The same draw in every window: what is compared differs in nothing else.
    return life(call, user, through ? '/api/tasks' : `/api/${user}/tasks`, drawTask(w.seed, n), intendedAt);
  });
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

export const crud100: Experiment = {
  name: 'crud-100',
  kind: 'load',
  needs: ['kill', 'revive'],
  suite: 'named',
  asks: 'At 100 operations a second, what do publishing and the way through two sidecars add to the time of an answer?',
  proves: ['SC-007'],
  workload: {
    title: `open model, ${order.length} windows of ${windowMs / 1000} s: ${order.map((arm) => `${arm} (${livesPerS[arm] * operations}/s)`).join('; ')}`,
    async run(w) {
      w.journal.mark('mark', 'measured-start');
      const events = publishing(w);
      for (const arm of order) {
        await (arm === 'publishing-off' ? events.off() : events.on());
        await inArm(w, arm, () => livesOf(w, arm));
      }
    },
  },
  arms: Object.keys(livesPerS),
  slos: [
    'crud-response-p95',
    'sidecars-response-p95',
    'publishing-cost-p95',
    'sidecars-cost-p95',
    'nothing-lost',
    'effect-once',
    'events-valid',
    'answers-valid',
  ],
  checkers: ['delivery', 'crud-events', 'conformance', 'answers'],
  settleMsMax: 60_000,
};
