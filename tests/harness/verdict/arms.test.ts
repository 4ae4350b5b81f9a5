import { expect, test } from '@jest/globals';
import type { WindowName } from '../../../harness/evidence/records.ts';
import { armsOf, isArm, windowOf } from '../../../harness/verdict/arms.ts';
import { mark, scene } from './scene.ts';

const arm = (name: string, from: number, to: number) => [mark(from, name, 'arm-in'), mark(to, name, 'arm-out')];
const marks = [...arm('off', 100, 200), ...arm('on', 200, 300), ...arm('on', 300, 400), ...arm('off', 400, 600)];
const windowIn = (all: typeof marks | undefined, name: WindowName) => windowOf(scene({ marks: all }), name);

test('several stretches of one arm are one window', () => {
  expect(windowIn(marks, 'arm:off')).toEqual({
    name: 'arm:off',
    spans: [
      { fromMs: 100, toMs: 200 },
      { fromMs: 400, toMs: 600 },
    ],
  });
});

test('marks are taken in the order of their times: a moment may be journaled after it was', () => {
  expect(windowIn(marks.toReversed(), 'arm:off')).toEqual(windowIn(marks, 'arm:off'));
});

test.each([
  ['nobody marked it', marks, 'arm:of', 'never marked an arm of'],
  ['it was cut short', marks.slice(0, -1), 'arm:off', 'do not come in pairs'],
  ['it began twice', [mark(0, 'off', 'arm-in'), ...marks], 'arm:off', 'do not come in pairs'],
  ['it is empty', arm('off', 5, 5), 'arm:off', 'is empty'],
  ['there is no journal', undefined, 'arm:off', 'journal.ndjson is missing'],
  ['it is no window at all', marks, 'monday' as WindowName, 'nobody knows what monday is'],
] as const)('%s: it says so', (_, all, name, because) => {
  expect(windowIn(all && [...all], name)).toEqual({ missing: expect.stringContaining(because) });
});

test('a window that every experiment has is cut as ever', () => {
  expect(windowIn([mark(1, 'measured-start'), mark(2, 'workload-end')], 'measured')).toEqual({
    name: 'measured',
    spans: [{ fromMs: 1, toMs: 2 }],
  });
});

test('names of arms', () => {
  expect(['arm:publishing-off', 'arm:x2', 'arm:', 'arm:Off', 'arm:a b', 'arm:a-', 'off'].map(isArm)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
  expect(armsOf({ window: 'arm:on', against: 'arm:off' })).toEqual(['on', 'off']);
  expect([armsOf({ window: 'all' }), armsOf(undefined)]).toEqual([[], []]);
});
