import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { kept } from '../../../../harness/process/programs/sink/kept.ts';

let room: string;
beforeEach(() => {
  room = mkdtempSync(join(tmpdir(), 'plumbline-kept-'));
});
afterEach(() => rmSync(room, { recursive: true, force: true }));

const numbers = () => kept<number>(join(room, 'numbers.ndjson'), 3);
const lines = () => readFileSync(join(room, 'numbers.ndjson'), 'utf8').split('\n').length - 1;

describe('what is kept', () => {
  it('is the newest, in memory, on disk and in the next life, and the file never grows beyond twice that', () => {
    const list = numbers();
    for (let n = 1; n <= 50; n += 1) {
      list.add(n);
      expect(lines()).toBeLessThanOrEqual(6);
    }
    expect(list.all()).toEqual([48, 49, 50]);
    expect(numbers().all()).toEqual([48, 49, 50]);
  });

  it('is nothing after it was cleared, and what comes then', () => {
    const list = numbers();
    list.add(1);
    list.clear();
    expect(numbers().all()).toEqual([]);
    list.add(2);
    expect(numbers().all()).toEqual([2]);
  });

  it('does not count the half line of a life that was killed', () => {
    numbers().add(1);
    appendFileSync(join(room, 'numbers.ndjson'), '2');
    const list = numbers();
    list.add(3);
    expect(numbers().all()).toEqual([1, 3]);
  });
});
