import type { Crimes } from '../../../harness/trial/crime.ts';
import { type ExperimentScene, NotHere, type RowOf } from '../../../harness/trial/scene.ts';
import { dueWithin, endOtherwise, forget, markNamed, must, unavailable, withChanges, withFault, withLoad, withSighting } from './picks.ts';

/** What its sightings count, counted otherwise. */
function recount(one: ExperimentScene, how: (row: RowOf<'samples'>) => RowOf<'samples'>[]): void {
  const { sometimes } = one.record;
  const isCounted = ({ metric, labels }: RowOf<'samples'>) =>
    sometimes.some(
      (wanted) => wanted.metric === metric && Object.entries(wanted.labels).every(([name, value]) => labels[name] === value),
    );
  one.change('samples', (rows) => rows.flatMap((row) => (isCounted(row) ? how(row) : [row])));
}

export const numbers: Crimes = {
  kind: 'Numbers are what they say: of one instance, of one clock, and there',
  crimes: [
    {
      name: 'fault-did-nothing',
      what: 'Nothing that the fault should have broken was seen to break.',
      verdict: 'unsure',
      commit: (scene) => recount(withSighting(scene), (row) => [{ ...row, value: 0 }]),
    },
    {
      name: 'three-sidecars-in-one-series',
      what: 'Three instances count differently, and none counts on: read as one, the counter would seem to rise and fall all the time.',
      verdict: 'not pass',
      commit: (scene) => recount(withSighting(scene), (row) => [3, 40, 7].map((value, n) => ({ ...row, value, labels: { ...row.labels, instance: `sidecar-${n}` } }))),
    },
    {
      name: 'samples-without-instance',
      what: 'Counters do not say whose they are.',
      verdict: 'not pass',
      commit: (scene) => recount(withSighting(scene), ({ labels: { instance: _gone, ...labels }, ...row }) => [{ ...row, labels }]),
    },
    {
      name: 'very-many-samples',
      what: 'Innocent: a long experiment left 200,000 samples.',
      verdict: 'pass',
      commit(scene) {
        const one = withSighting(scene);
        one.change('samples', (rows) => {
          const like = { ...must(rows[0], 'sample'), metric: 'harness_event_loop_lag_ms', labels: {}, value: 1 };
          return [...rows, ...Array.from({ length: 200_000 }, () => like)];
        });
      },
    },
    {
      name: 'broker-clock-behind',
      what: 'The broker’s clock is 300 ms behind: records are older than the requests that made them.',
      verdict: 'unsure',
      commit: (scene) => withLoad(scene).change('records', (rows) => rows.map((row) => ({ ...row, at: row.at - 300 }))),
    },
    {
      name: 'client-clock-set-back',
      what: 'In the middle of the load the client’s clock was set back by 400 ms.',
      verdict: 'unsure',
      commit(scene) {
        const one = withLoad(scene);
        const half = (markNamed(one, 'measured-start') + markNamed(one, 'workload-end')) / 2;
        one.change('ops', (ops) => ops.map((op) => (op.startedAt < half ? op : { ...op, at: op.at - 400 })));
      },
    },
    {
      name: 'answered-before-it-was-asked',
      what: 'A tenth of the answers came before their requests.',
      verdict: 'not pass',
      commit: (scene) => withLoad(scene).change('ops', (ops) => ops.map((op, n) => (n % 10 === 0 ? { ...op, at: op.startedAt - 20 } : op))),
    },
    {
      name: 'time-is-null',
      what: 'The time of an answer is not there.',
      verdict: 'not pass',
      commit: (scene) =>
        withChanges(scene).change('ops', (ops) => ops.map((op, n) => (n === 3 ? ({ ...op, at: null } as unknown as RowOf<'ops'>) : op))),
    },
    {
      name: 'nothing-equals-nothing',
      what: 'A check looked for something, expected nothing in particular, and saw nothing.',
      verdict: 'not pass',
      commit(scene) {
        const one = scene.find('facts', (each) => each.rows('facts').length > 0);
        one.change('facts', (rows) => rows.map((row, n) => (n === 0 ? { ...row, expected: null, actual: null } : row)));
      },
    },
    {
      name: 'fact-was-otherwise',
      what: 'A check saw something else than it expected.',
      verdict: 'fail',
      commit(scene) {
        const one = scene.find('facts', (each) => each.rows('facts').length > 0);
        one.change('facts', (rows) => rows.map((row, n) => (n === 0 ? { ...row, comparison: '==', expected: 'this', actual: 'that' } : row)));
      },
    },
    {
      name: 'a-null-among-the-rows',
      what: 'A line of the evidence is no row.',
      verdict: 'not pass',
      commit: (scene) => withChanges(scene).spoil('ops', (text) => `${text}null\n`),
    },
    {
      name: 'torn-last-line',
      what: 'The last line of the evidence was cut off.',
      verdict: 'not pass',
      commit: (scene) => withChanges(scene).spoil('ops', (text) => text.slice(0, -20)),
    },
    {
      name: 'outage-while-healing',
      what: 'Under a tolerated fault the system failed from the moment the healing began until it was done.',
      verdict: 'not pass',
      commit(scene) {
        const one = scene.find('a tolerated fault under load', (each) => {
          const { slos, faults } = each.record;
          return faults.some(({ tolerated }) => tolerated) && slos.some(({ metric }) => metric === 'errors');
        });
        const marks = one.rows('marks');
        const out = must(marks.find(({ kind }) => kind === 'fault-out'), 'fault-out').at;
        const healed = must(marks.find(({ kind }) => kind === 'healed'), 'healed').at;
        const within = dueWithin(one, out, healed);
        if (within.length < 5) throw new NotHere('five requests while it was healing');
        const asked = new Set(within.map(({ invoke }) => invoke));
        endOtherwise(one, ({ invoke }) => asked.has(invoke), unavailable);
        forget(one, new Set(within.flatMap(({ eventId }) => eventId ?? [])));
      },
    },
    {
      name: 'never-healed',
      what: 'Nobody saw that the fault was healed.',
      verdict: 'not pass',
      commit: (scene) => withFault(scene).change('marks', (marks) => marks.filter(({ kind }) => kind !== 'healed')),
    },
    {
      name: 'fault-after-the-load',
      what: 'The fault went in when nobody asked anything of the system any more.',
      verdict: 'not pass',
      commit(scene) {
        const one = withFault(scene);
        const end = markNamed(one, 'workload-end');
        one.change('marks', (marks) =>
          marks
            .map((mark, n) => (['fault-in', 'fault-out', 'healed'].includes(mark.kind) ? { ...mark, at: end + 1 + n / 100 } : mark))
            .sort((a, b) => a.at - b.at),
        );
      },
    },
    {
      name: 'another-generator-without-a-plan',
      what: 'The load came from a generator that declares neither rate nor loop.',
      verdict: 'not pass',
      commit(scene) {
        const one = withLoad(scene);
        one.write('plans', []);
        one.change('ops', (ops) => ops.map((op) => ({ ...op, who: 'hammer' })));
        one.change('invokes', (rows) => rows.map((row) => ({ ...row, who: 'hammer' })));
      },
    },
  ],
};
