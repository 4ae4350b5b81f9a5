import type { Experiment } from '../harness/experiment.ts';
import { eventually } from '../harness/workload/eventually.ts';
import { journeyTo } from '../harness/workload/journey.ts';

/** The 30 s of FR-021, and a second for the way. */
const answerMsMax = 31_000;

export const backendHangs: Experiment = {
  name: 'backend-hangs',
  kind: 'drill',
  suite: 'verify',
  asks: 'When no backend answers, does the frontend get a timeout error within 30 s instead of hanging?',
  proves: ['US4.3'],
  stage: { replicas: { backend: 3 } },
  workload: {
    title: 'one call through the frontend after the other while every backend is stopped in its tracks',
    async run(w) {
      const call = journeyTo('frontend', w);
      const user = `patient-${w.seed}`;
      const list = () => call({ what: 'list', user, method: 'GET', path: '/api/tasks', key: user, timeoutMs: 60_000 });
      w.journal.mark('mark', 'measured-start');
      const slow = await eventually(w, list, ({ status, op }) => status !== 200 || op.at - op.startedAt > 5_000, {
        everyMs: 100,
        giveUpMs: 20_000,
      });
      w.journal.fact({
        name: 'timeout-error',
        expected: 504,
        actual: slow.status,
        about: (JSON.stringify(slow.body) ?? 'nothing').slice(0, 200),
      });
      w.journal.fact({ name: 'not-hanging', comparison: '<=', expected: answerMsMax, actual: slow.op.at - slow.op.startedAt });
      const back = await eventually(w, list, ({ status }) => status === 200, { everyMs: 250, giveUpMs: 60_000 });
      w.journal.fact({ name: 'recovers', expected: 200, actual: back.status });
    },
  },
  faults: [0, 1, 2].map((n) => ({
    do: 'pause',
    to: n === 0 ? 'backend' : `backend-${n}`,
    afterMs: 1_000,
    forMs: 33_000,
    tolerated: true,
  })),
  facts: [
    { name: 'timeout-error', asks: 'Is the answer 504?' },
    { name: 'not-hanging', asks: 'Does it come within 30 s (and one for the way)?' },
    { name: 'recovers', asks: 'Do calls work again when the backends go on?' },
  ],
  slos: ['answers-valid'],
  checkers: ['answers', 'healed'],
  settleMsMax: 20_000,
};
