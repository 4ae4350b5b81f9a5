import { expect, test } from '@jest/globals';
import { healed } from '../../../harness/verdict/healed.ts';
import { recovery } from '../../../harness/verdict/recovery.ts';
import { sighting } from '../../../harness/verdict/sighting.ts';
import { created, effect, experiment, mark, sample, scene } from './scene.ts';

const kill = { name: 'kill', do: 'kill', to: 'kafka', tolerated: false, afterMs: 0, forMs: 1_000, seed: 1 };
const faults = [
  mark(0, 'experiment-start'),
  mark(2_000, 'kill', 'fault-in'),
  mark(4_000, 'kill', 'fault-out'),
  mark(5_000, 'kill', 'healed'),
  mark(20_000, 'settled'),
];
const withFault = (marks = faults) => scene({ record: { ...experiment, faults: [kill] }, marks });

test('healed: in, out, verified', () => {
  expect(healed(withFault())).toMatchObject({ verdict: 'pass', samples: 1 });
  expect(healed(withFault(faults.filter((one) => one.kind !== 'healed')))).toMatchObject({
    verdict: 'fail',
    because: expect.stringContaining('never verified'),
  });
  expect(healed(withFault(faults.filter((one) => one.kind !== 'fault-out'))).because).toContain('never taken out');
});

const marked = (...extra: [number, string, string?][]) =>
  faults
    .filter(({ kind }) => kind !== 'healed')
    .concat(extra.map(([at, kind, error]) => ({ ...mark(at, 'kill', kind as 'healed'), detail: { fault: 'kill', error } })));
test('healed: trouble of the harness convicts nobody, a part that did not come back does', () => {
  expect(healed(withFault(marked([2_500, 'not-injected', 'EPERM'])))).toMatchObject({
    verdict: 'unsure',
    because: 'kill could not be injected: EPERM',
  });
  expect(healed(withFault(marked([5_000, 'not-healed', 'STILL_RUNNING: it runs']))).verdict).toBe('unsure');
  expect(healed(withFault(marked([5_000, 'not-healed', 'DAPRD_NOT_READY: gave up'])))).toMatchObject({
    verdict: 'fail',
    because: 'kill did not come back: DAPRD_NOT_READY: gave up',
  });
});

test('sighting: a fault that could not be put in was never in', () => {
  const marks = [...faults.filter(({ kind }) => kind === 'fault-in'), mark(2_100, 'kill', 'not-injected')];
  expect(sighting({ ...withFault(marks), samples: counts([1_000, 5], [3_000, 9]) }, wanted).because).toContain(
    'no fault was ever in',
  );
});

test('healed, sighting: a fault that went in after the last question met nobody; one that only stayed longer did', () => {
  const ended = (at: number, name: string) => [...faults, mark(at, name)];
  const rising = counts([1_000, 5], [3_000, 6], [4_500, 7]);
  for (const name of ['workload-end', 'measured-end']) {
    expect(healed(withFault(ended(1_500, name)))).toMatchObject({
      verdict: 'unsure',
      because: expect.stringContaining('nobody asked'),
    });
    expect(sighting({ ...withFault(ended(1_500, name)), samples: rising }, wanted).verdict).toBe('unsure');
    expect(healed(withFault(ended(3_000, name))).verdict).toBe('pass');
    expect(sighting({ ...withFault(ended(3_000, name)), samples: rising }, wanted).verdict).toBe('pass');
  }
});

test('healed: a second round needs its own healing', () => {
  expect(healed(withFault([...faults, mark(6_000, 'kill', 'fault-in'), mark(7_000, 'kill', 'fault-out')])).verdict).toBe('fail');
});

test('healed: skipped without faults, unsure when a planned one never went in', () => {
  expect(healed(scene()).verdict).toBe('skipped');
  expect(healed(withFault([mark(0, 'experiment-start')])).verdict).toBe('unsure');
  expect(healed(scene({ marks: undefined })).verdict).toBe('unsure');
});

const wanted = { name: 'failed', asks: '?', metric: 'errors', labels: { app: 'backend' }, rises: 2, during: 'fault' } as const;
const counts = (...values: [number, number][]) =>
  values.map(([at, value]) => sample(at, 'errors', value, { app: 'backend', instance: 'backend-1' }));
const seen = (samples: ReturnType<typeof counts>) => sighting({ ...withFault(), samples }, wanted);

test('sighting: the counter rose while the fault was in', () => {
  expect(seen(counts([1_000, 5], [3_000, 6], [4_500, 7]))).toMatchObject({ verdict: 'pass', actual: 2 });
});

test('sighting: what rose before or after is not the fault’s doing', () => {
  const found = seen(counts([0, 0], [1_900, 9], [3_000, 9], [6_000, 30]));
  expect(found).toMatchObject({ verdict: 'unsure', actual: 0, because: expect.stringContaining('the fault did nothing') });
});

test('sighting: a counter appears with its first step, if somebody was already looking', () => {
  expect(seen([sample(0, 'other', 1, { instance: 'backend-1' }), ...counts([3_000, 2])]).verdict).toBe('pass');
  expect(seen(counts([3_000, 2])).verdict).toBe('unsure');
});

test('sighting: a restarted process counts from zero', () => {
  expect(seen(counts([1_000, 50], [3_000, 1], [4_000, 2]))).toMatchObject({ verdict: 'pass', actual: 2 });
});

test('sighting: never sampled, or with other labels: unsure', () => {
  expect(seen([]).because).toContain('never sampled');
  expect(seen([sample(1_000, 'errors', 0), sample(3_000, 'errors', 9)]).verdict).toBe('unsure');
  const nobodys = [sample(1_000, 'errors', 0, { app: 'backend' }), sample(3_000, 'errors', 9, { app: 'backend' })];
  expect(seen(nobodys).because).toContain('do not say whose they are');
  expect(sighting({ ...withFault() }, wanted).because).toContain('samples.ndjson is missing');
});

/** Acknowledged at `at + 10`, applied at `applied`. */
const caughtUp = (...events: [at: number, applied: number][]) => {
  const ops = events.map(([at], n) => created(String(n), at));
  const effects = events.flatMap(([, applied], n) => (Number.isFinite(applied) ? [effect(String(n), n, applied)] : []));
  const found = recovery({ ...withFault(), ops, effects });
  return 'value' in found ? found.value : found;
};

test('recovery: the last event that waited ends it', () => {
  expect(caughtUp([2_500, 7_000], [3_500, 8_500])).toBe(3.5);
});

test('recovery: what is merely in flight is no backlog, under load something always is', () => {
  expect(caughtUp([4_990, 5_100], [5_050, 5_300], [5_250, 5_600])).toBe(0);
});

test('recovery: a lucky instant is no recovery, a hiccup long after is another story', () => {
  expect(caughtUp([3_000, 6_000], [7_000, 12_000])).toBe(7);
  expect(caughtUp([3_000, 6_000], [15_000, 19_000])).toBe(1);
});

test('recovery: never, when an effect never came', () => {
  expect(caughtUp([3_000, Number.POSITIVE_INFINITY])).toBe(Number.POSITIVE_INFINITY);
});

test('recovery: nothing healed, nothing to recover from', () => {
  expect(recovery(scene({ ops: [], effects: [] }))).toMatchObject({ missing: expect.stringContaining('no mark healed') });
});
