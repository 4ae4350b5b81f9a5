import type { Experiment } from '../harness/experiment.ts';
import { eventually } from '../harness/workload/eventually.ts';
import { journeyTo } from '../harness/workload/journey.ts';
import { steady } from '../harness/workload/steady.ts';

const answerMsMax = 1_000;

export const sidecarCrash: Experiment = {
  name: 'sidecar-crash',
  kind: 'drill',
  suite: 'verify',
  asks: "When the frontend's sidecar is killed for 4 s, are calls refused fast and clearly, and do they work again by themselves?",
  proves: ['EDGE-sidecar'],
  workload: {
    title: '20 calls a second through the frontend for 10 s',
    async run(w) {
      const call = journeyTo('frontend', w);
      const user = `cut-off-${w.seed}`;
      const list = (intendedAt?: number) =>
        call({
          what: 'list',
          user,
          method: 'GET',
          path: '/api/tasks',
          key: user,
          ...(intendedAt !== undefined && { intendedAt }),
        });
      w.journal.mark('mark', 'measured-start');
      await steady(w, { ratePerS: 20, forMs: 10_000, what: 'list' }, async (n, intendedAt) => {
        const { status, body, headers, op } = await list(intendedAt);
        if (status === 200) return;
        const about = `call ${n}: ${status}`;
        const type = (headers.get('content-type') ?? '').split(';')[0];
        // 504 for what was under way when the sidecar died: it may have been done. Everything after that was certainly not.
        const clear = (status === 503 || status === 504) && type === 'application/problem+json';
        w.journal.fact({ name: 'clear-error', expected: true, actual: clear, about: `${about}, ${type}` });
        w.journal.fact({
          name: 'fast-error',
          comparison: '<=',
          expected: answerMsMax,
          actual: op.at - op.startedAt,
          about: (JSON.stringify(body) ?? 'nothing').slice(0, 100),
        });
      });
      const back = await eventually(
        w,
        () => list(),
        ({ status }) => status === 200,
        { everyMs: 200, giveUpMs: 15_000 },
      );
      w.journal.fact({ name: 'recovers', expected: 200, actual: back.status });
    },
  },
  faults: [{ do: 'kill', to: 'frontend-sidecar', afterMs: { from: 1_500, to: 2_500 }, forMs: 4_000, tolerated: true }],
  facts: [
    { name: 'clear-error', asks: 'Is each refused call a 503 (or, cut off in the middle, a 504) with a problem?' },
    { name: 'fast-error', asks: `Is it refused within ${answerMsMax} ms?` },
    { name: 'recovers', asks: 'Do calls work again when the sidecar is back, the frontend untouched?' },
  ],
  slos: ['answers-valid'],
  checkers: ['answers', 'healed'],
  settleMsMax: 10_000,
};
