import { expect, test } from '@jest/globals';
import { cutWindow, faultSpans, inside, secondsOf } from '../../../harness/verdict/windows.ts';
import { mark, op, scene } from './scene.ts';

const marks = [
  mark(0, 'experiment-start'),
  mark(1_000, 'workload-start'),
  mark(2_000, 'measured-start'),
  mark(4_000, 'kill', 'fault-in'),
  mark(5_000, 'cut', 'fault-in'),
  mark(6_000, 'kill', 'fault-out'),
  mark(6_500, 'kill', 'healed'),
  mark(7_000, 'cut', 'fault-out'),
  mark(7_500, 'cut', 'healed'),
  mark(9_000, 'workload-end'),
  mark(9_500, 'settled'),
];
const spansOf = (name: Parameters<typeof cutWindow>[1], rest = {}) => {
  const window = cutWindow(scene({ marks, ...rest }), name);
  return 'missing' in window ? window.missing : window.spans;
};

test('windows are cut from marks', () => {
  expect(spansOf('measured')).toEqual([{ fromMs: 2_000, toMs: 9_000 }]);
  expect(spansOf('all')).toEqual([{ fromMs: 0, toMs: 9_501 }]);
});

test('overlapping faults make one window, so that no second counts twice', () => {
  const spans = spansOf('fault');
  expect(spans).toEqual([{ fromMs: 4_000, toMs: 7_500 }]);
  expect(secondsOf(spans as never)).toBe(3.5);
});

test('a planned end of the measured part goes before the end of the generator', () => {
  expect(spansOf('measured', { marks: [...marks, mark(8_000, 'measured-end')] })).toEqual([{ fromMs: 2_000, toMs: 8_000 }]);
});

test('what is missing is said, not guessed', () => {
  expect(spansOf('measured', { marks: undefined })).toContain('journal.ndjson is missing');
  expect(spansOf('measured', { marks: marks.filter((one) => one.name !== 'workload-end') })).toContain('cut short');
  expect(spansOf('fault', { marks: marks.filter((one) => one.kind === 'mark') })).toContain('no fault was ever in');
  expect(spansOf('after', { marks: marks.filter((one) => one.kind !== 'healed') })).toContain('never healed');
});

test('a fault that was never taken out lasts to the end of the evidence', () => {
  const evidence = scene({
    marks: [mark(0, 'experiment-start'), mark(1_000, 'kill', 'fault-in')],
    ops: [op({ startedAt: 3_000 })],
  });
  expect(faultSpans(evidence)).toEqual([{ name: 'kill', fromMs: 1_000, toMs: 3_011 }]);
});

test('a window holds its first moment and not its last', () => {
  const window = { spans: [{ fromMs: 1, toMs: 2 }] };
  expect([0.9, 1, 1.9, 2].map((at) => inside(window, at))).toEqual([false, true, true, false]);
});
