/** What k6 wrote down is evidence as far as it can be read; what can't be read is told, and never counted as nothing dropped. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, it } from '@jest/globals';
import { readPoints } from '../../../harness/workload/k6.ts';

const folder = mkdtempSync(join(tmpdir(), 'plumbline-k6-'));
afterAll(() => rmSync(folder, { recursive: true }));

const point = (metric: string, metadata?: object) =>
  `${JSON.stringify({ type: 'Point', metric, data: { time: '2026-01-01T00:00:00Z', value: 1, metadata } })}\n`;
const asked = (n: number) => ({ id: `measured/${n}`, at: n, intendedAt: n, what: 'create' });
const ended = (n: number) => ({ invoke: `measured/${n}`, what: 'create', intendedAt: n, startedAt: n, at: n + 1, status: 201 });
const pair = (n: number) =>
  point('plumbline_invoke', { invoke: JSON.stringify(asked(n)) }) + point('plumbline_op', { op: JSON.stringify(ended(n)) });

async function read(bytes: Buffer) {
  const file = join(folder, 'points.json.gz');
  writeFileSync(file, bytes);
  const told = { invokes: 0, ops: 0, dropped: [] as number[] };
  const journal = {
    invoke: () => void (told.invokes += 1),
    op: () => void (told.ops += 1),
    sample: ({ value }: { value: number }) => void told.dropped.push(value),
  };
  return { lost: await readPoints(file, { journal } as never), ...told };
}
const many = Array.from({ length: 2_000 }, (_, n) => pair(n)).join('');

it('a whole file: all of it, and none dropped', async () => {
  expect(await read(gzipSync(many))).toEqual({ lost: undefined, invokes: 2_000, ops: 2_000, dropped: [0] });
});

it('what was dropped is counted', async () => {
  const drops = point('dropped_iterations') + point('dropped_iterations');
  expect(await read(gzipSync(pair(1) + drops))).toMatchObject({ lost: undefined, dropped: [1, 2] });
});

it('a torn file: what can be read of it, and not a word of none dropped', async () => {
  const whole = gzipSync(many);
  const { lost, ops, dropped } = await read(whole.subarray(0, whole.length / 2));
  expect(lost).toMatch(/^k6's points end early/);
  expect([ops > 0, ops < 2_000, dropped]).toEqual([true, true, []]);
});

it('a line that is no point: told, the others kept', async () => {
  const bytes = gzipSync(`${pair(1)}{"metric":"plumbline_op","type":\n${pair(2)}`);
  expect(await read(bytes)).toEqual({ lost: "1 of k6's points can't be read", invokes: 2, ops: 2, dropped: [] });
});
