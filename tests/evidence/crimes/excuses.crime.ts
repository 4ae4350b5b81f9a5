import type { Crimes } from '../../../harness/trial/crime.ts';
import type { ExperimentScene, Scene } from '../../../harness/trial/scene.ts';
import { broken, dueWithin, endOtherwise, everyNth, forget, markNamed, must, ofEvents, withLoad } from './picks.ts';

/** A load in which the disk stood still for 150 ms, a second after the measured part began. */
function stalled(scene: Scene): ExperimentScene {
  const one = withLoad(scene);
  const at = markNamed(one, 'measured-start') + 1_000;
  one.change('samples', (rows) => {
    const like = must(
      rows.find(({ metric }) => metric === 'disk_sync_ms'),
      'sample of the disk',
    );
    return [...rows, { ...like, at, value: 150 }].sort((a, b) => a.at - b.at);
  });
  return one;
}

export const excuses: Crimes = {
  kind: 'The defendant does not make the excuse',
  crimes: [
    {
      name: 'half-failed-and-a-slow-disk',
      what: 'Half of the requests were answered 500, and once the disk stood still.',
      verdict: 'fail',
      commit(scene) {
        const one = stalled(scene);
        const failing = everyNth(one, 2);
        endOtherwise(one, ofEvents(failing), broken);
        forget(one, failing);
      },
    },
    {
      name: 'slow-all-along-and-a-slow-disk',
      what: 'Every answer took 700 ms longer, and once the disk stood still.',
      verdict: 'fail',
      commit(scene) {
        const one = stalled(scene);
        one.change('ops', (ops) => ops.map((op) => ({ ...op, at: op.at + 700 })));
        one.change('marks', (marks) => marks.map((mark) => (mark.at > markNamed(one, 'measured-start') + 5_000 ? { ...mark, at: mark.at + 1_000 } : mark)));
      },
    },
    {
      name: 'hangs-until-nobody-can-ask',
      what: 'The service hung: all virtual users waited for it, and hundreds of arrivals could not be sent.',
      verdict: 'fail',
      commit(scene) {
        const one = withLoad(scene);
        const start = markNamed(one, 'measured-start');
        const [from, to] = [start + 5_000, start + 15_000];
        const within = dueWithin(one, from, to);
        // As many as may wait at once have waited to the end of it; the others were never sent.
        const waiting = new Set(within.slice(0, 100).map(({ invoke }) => invoke));
        const never = within.filter(({ invoke }) => !waiting.has(invoke));
        forget(one, new Set(never.flatMap(({ eventId }) => eventId ?? [])));
        const unsent = new Set(never.map(({ invoke }) => invoke));
        one.change('invokes', (rows) => rows.filter(({ id }) => !unsent.has(id)));
        one.change('ops', (ops) =>
          ops
            .filter(({ invoke }) => !unsent.has(invoke))
            .map((op) => (waiting.has(op.invoke) ? { ...op, at: to } : op))
            .sort((a, b) => a.at - b.at),
        );
        one.change('samples', (rows) => {
          const like = must(rows.find(({ metric }) => metric === 'generator_dropped_iterations'), 'count of dropped arrivals');
          return [...rows.filter(({ metric }) => metric !== 'generator_dropped_iterations'), { ...like, at: to, value: never.length }];
        });
      },
    },
    {
      name: 'a-fast-run-and-a-slow-disk',
      what: 'Innocent: the disk stood still once, and every answer was in time all the same.',
      verdict: 'pass',
      commit: stalled,
    },
    {
      name: 'generator-had-no-cpu',
      what: 'Strangers took two thirds of the machine, and everything was late: unsure, and nobody is convicted.',
      verdict: 'unsure',
      commit(scene) {
        const one = withLoad(scene);
        one.change('samples', (rows) => rows.map((row) => (row.metric === 'foreign_cpu_ratio' ? { ...row, value: 0.66 } : row)));
        one.change('ops', (ops) => ops.map((op) => ({ ...op, startedAt: op.startedAt + 400, at: op.at + 400 })));
        one.change('invokes', (rows) => rows.map((row) => ({ ...row, at: row.at + 400 })));
      },
    },
  ],
};
