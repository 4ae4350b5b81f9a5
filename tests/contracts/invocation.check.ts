import type { Experiment, WorkloadRun } from '../../harness/experiment.ts';
import { journeyTo } from '../../harness/workload/journey.ts';

const calls = 60;
const replicas = 3;

/** How many requests for task lists each backend replica has served. */
async function served(w: WorkloadRun): Promise<number[]> {
  return Promise.all(
    w.target.replicas('backend').map(async (url) => {
      const text = await (await fetch(new URL('/metrics', url), { signal: AbortSignal.timeout(5_000) })).text();
      const lines = text
        .split('\n')
        .filter(
          (line) =>
            /^http_server_request_duration_seconds_count\{/.test(line) && /method="GET"/.test(line) && /tasks"/.test(line),
        );
      return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    }),
  );
}

export const invocation: Experiment = {
  name: 'invocation',
  kind: 'check',
  suite: 'verify',
  asks: 'Do the calls of the frontend reach any backend replica through the sidecars, with their headers?',
  proves: ['US4.1', 'FR-018', 'FR-022'],
  stage: { replicas: { backend: replicas } },
  workload: {
    title: `${calls} calls through the frontend to ${replicas} replicas of the backend`,
    async run(w) {
      const call = journeyTo('frontend', w);
      const user = `caller-${w.seed}`;
      w.journal.mark('mark', 'measured-start');
      const before = await served(w);
      const created = await call({
        what: 'create',
        user,
        method: 'POST',
        path: '/api/tasks',
        headers: { 'x-request-id': `invocation-${w.seed}` },
        body: { title: 'through two sidecars' },
        keyOf: (task) => String((task as { id: number }).id),
      });
      w.journal.fact({ name: 'routed', expected: 201, actual: created.status });
      // Whose task it is can only be known from the token: the path the browser uses names nobody.
      w.journal.fact({
        name: 'authorization-arrives',
        expected: user,
        actual: (created.body as { user_id?: string } | undefined)?.user_id,
      });
      const stranger = await call({ what: 'refused', method: 'GET', path: '/api/tasks', key: 'nobody' });
      w.journal.fact({ name: 'authorization-arrives', expected: 401, actual: stranger.status, about: 'without a token' });
      // The backend answers with the id it was called with; the frontend passes the backend's header on.
      w.journal.fact({
        name: 'request-id-arrives',
        expected: `invocation-${w.seed}`,
        actual: created.headers.get('x-request-id'),
      });
      const wrongType = await call({
        what: 'refused',
        user,
        method: 'POST',
        path: '/api/tasks',
        headers: { 'content-type': 'text/plain' },
        body: { title: 'x' },
        key: 'nobody',
      });
      w.journal.fact({ name: 'content-type-arrives', expected: 415, actual: wrongType.status });
      for (let n = 1; n < calls; n++) {
        const { status } = await call({ what: 'list', user, method: 'GET', path: '/api/tasks', key: user });
        w.journal.fact({ name: 'routed', expected: 200, actual: status });
      }
      const after = await served(w);
      const busy = after.filter((count, n) => count > (before[n] ?? 0)).length;
      w.journal.fact({
        name: 'any-replica',
        expected: replicas,
        actual: busy,
        about: `${after.map((count, n) => count - (before[n] ?? 0)).join(', ')} calls each`,
      });
    },
  },
  facts: [
    { name: 'routed', asks: 'Does each call reach the backend?' },
    { name: 'any-replica', asks: 'Do all replicas get calls?' },
    { name: 'authorization-arrives', asks: 'Does Authorization arrive, and is nobody let in without?' },
    { name: 'request-id-arrives', asks: 'Does X-Request-ID arrive and come back?' },
    { name: 'content-type-arrives', asks: 'Does Content-Type arrive?' },
  ],
  slos: ['answers-valid'],
  checkers: ['delivery', 'conformance', 'answers'],
  settleMsMax: 20_000,
};
