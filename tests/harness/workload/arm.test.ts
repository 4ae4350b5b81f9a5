import { expect, test } from '@jest/globals';
import { inArm } from '../../../harness/workload/arm.ts';

const marking = () => {
  const marks: string[] = [];
  const mark = (kind: string, name: string) => void marks.push(`${kind} ${name}`);
  return { marks, w: { journal: { mark } } as never };
};

test('an arm is marked where it begins and where it ends', async () => {
  const { marks, w } = marking();
  const done = await inArm(w, 'off', async () => marks.push('work'));
  expect(done).toBe(2);
  expect(marks).toEqual(['arm-in off', 'work', 'arm-out off']);
});

test('one that breaks off has no end', async () => {
  const { marks, w } = marking();
  await expect(
    inArm(w, 'off', async () => {
      throw new Error('gone');
    }),
  ).rejects.toThrow('gone');
  expect(marks).toEqual(['arm-in off']);
});
