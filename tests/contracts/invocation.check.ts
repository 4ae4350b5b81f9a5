import type { Experiment, WorkloadRun } from '../../harness/experiment.ts';
import { journeyTo } from '../../harness/workload/journey.ts';
import { logLines } from '../../harness/workload/log-lines.ts';
import { requestCounts } from '../../harness/workload/request-counts.ts';

const calls = 60;
const replicas = 3;

/** How many requests for task lists each backend replica has served. */
const served = (w: WorkloadRun) => requestCounts(w.target, 'backend', { method: 'GET', routeEnd: '/tasks' });

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
      const stranger = await call({ what: 'refused', expects: 'refusal', method: 'GET', path: '/api/tasks', key: 'nobody' });
      w.journal.fact({ name: 'authorization-arrives', expected: 401, actual: stranger.status, about: 'without a token' });
      // The frontend refuses it by itself; that the backend would too is what makes its yes a sign of the token.
      const atTheBackend = await journeyTo(
        'backend',
        w,
      )({
        what: 'refused',
        expects: 'refusal',
        method: 'GET',
        path: `/api/${user}/tasks`,
        key: 'nobody',
      });
      w.journal.fact({
        name: 'authorization-arrives',
        expected: 401,
        actual: atTheBackend.status,
        about: 'straight at the backend, without a token',
      });
      // The backend answers with the id it was called with; the frontend passes the backend's header on.
      w.journal.fact({
        name: 'request-id-arrives',
        expected: `invocation-${w.seed}`,
        actual: created.headers.get('x-request-id'),
      });
      const lines = logLines(w.target, 'backend');
      // The frontend could have sent its own id back: the backend's log can't have it from anywhere else.
      if (lines)
        w.journal.fact({
          name: 'request-id-logged',
          comparison: '>=',
          expected: 1,
          actual: lines.filter((line) => line.request_id === `invocation-${w.seed}`).length,
          about: "lines in the backends' logs",
        });
      const wrongType = await call({
        what: 'refused',
        expects: 'refusal',
        user,
        method: 'POST',
        path: '/api/tasks',
        headers: { 'content-type': 'text/plain' },
        body: { title: 'x' },
        key: 'nobody',
      });
      w.journal.fact({ name: 'content-type-arrives', expected: 415, actual: wrongType.status });
      // The frontend lets nothing but JSON through; that the backend would refuse it too makes its yes a sign of the type.
      const typeAtTheBackend = await journeyTo(
        'backend',
        w,
      )({
        what: 'refused',
        expects: 'refusal',
        user,
        method: 'POST',
        path: `/api/${user}/tasks`,
        headers: { 'content-type': 'text/plain' },
        body: { title: 'x' },
        key: 'nobody',
      });
      w.journal.fact({
        name: 'content-type-arrives',
        expected: 415,
        actual: typeAtTheBackend.status,
        about: 'straight at the backend',
      });
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
    { name: 'request-id-logged', asks: "Is the request's id in the backend's log?" },
    { name: 'content-type-arrives', asks: 'Does Content-Type arrive?' },
  ],
  slos: ['answers-valid'],
  checkers: ['delivery', 'conformance', 'answers'],
  settleMsMax: 20_000,
};
