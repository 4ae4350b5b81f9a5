import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { Slo } from '../../../../harness/evidence/records.ts';
import { objective } from '../../../../harness/verdict/objective.ts';
import { statisticNamed, statisticNames } from '../../../../harness/verdict/statistics/statistic.ts';
import { validateSlo } from '../../../../harness/verdict/validate-slo.ts';
import { op, scene } from '../scene.ts';

test.each([
  ['p50', 20],
  ['p99', 1_000],
  ['p99.9', 10_000],
  ['p99.99', 100_000],
  ['p0.1', 10],
])('%s is a percentile that needs %i samples', (name, samples) => {
  expect(statisticNamed(name)).toMatchObject({ of: 'latencies', samplesLeast: samples });
});

test.each(['p', 'p0', 'p100', 'p099', 'p99.90', 'p99.', 'p-1', 'p1e1', 'P99', 'toString', ''])('"%s" is none', (name) => {
  expect(statisticNamed(name)).toBeUndefined();
});

test('every name that is suggested to somebody is a name', () => {
  expect(statisticNames()).toEqual(expect.arrayContaining(['p50', 'p95', 'p99', 'max', 'count']));
  expect(statisticNames().filter((name) => statisticNamed(name) === undefined)).toEqual([]);
});

test('p99.9 from the file to the finding', () => {
  const slo = parse(`
name: tail
asks: Is one answer in a thousand allowed to be slow, and no more?
proves: []
metric: latency.response
stat: p99.9
comparison: "<"
limit: 50
unit: ms
window: all
samplesMin: 1
`) as Slo;
  expect(validateSlo(slo)).toEqual([]);
  const judge = (slow: number, all: number) => {
    const ops = Array.from({ length: all }, (_, n) => op({ startedAt: 1_000 + n, at: 1_000 + n + (n < slow ? 500 : 10) }));
    return objective(slo, scene({ ops }), undefined).judgement;
  };
  expect(judge(10, 10_000)).toMatchObject({ verdict: 'pass', actual: expect.closeTo(10, 1) });
  expect(judge(11, 10_000)).toMatchObject({ verdict: 'fail', because: expect.stringContaining('p99.9 was 500') });
  expect(judge(0, 9_999)).toMatchObject({
    verdict: 'unsure',
    because: '9,999 samples are too few for p99.9: 10,000 are needed',
  });
});
