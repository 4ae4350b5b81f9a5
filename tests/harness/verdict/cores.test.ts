import { expect, test } from '@jest/globals';
import { coresOf } from '../../../harness/verdict/cores.ts';
import { judge } from '../../../harness/verdict/judge.ts';
import { op, runOf, sample, scene } from './scene.ts';

test.each<[Record<string, string | number>, number]>([
  [{ cores: 8 }, 8],
  [{ cores: 8, cpuLimit: 1.5 }, 1.5],
  [{ cores: 2, cpuLimit: 4 }, 2],
  [{ cpuLimit: 2 }, 2],
  [{ cores: 8, cpuLimit: 0 }, 8],
  [{ cores: 8, cpuLimit: 'two' }, 8],
  [{ cores: 'eight' }, 1],
  [{}, 1],
])('%j: %d', (machine, cores) => expect(coresOf({ machine })).toBe(cores));

test('no manifest: nobody knows of more than one', () => expect(coresOf(undefined)).toBe(1));

test('a container that has one of its host’s eight cores is busy when that one is', () => {
  const ops = Array.from({ length: 100 }, (_, n) => op({ who: 'k6', intendedAt: 1_000 + n, startedAt: 1_001 + n }));
  const samples = [sample(2_000, 'generator_dropped_iterations', 0), sample(3_000, 'generator_cpu_ratio', 0.97)];
  const generatorOn = (machine: Record<string, number>) => {
    const run = runOf(scene({ ops, samples }));
    const manifest = run.manifest && { ...run.manifest, machine };
    const judged = judge({ ...run, ...(manifest && { manifest }) }, { intact: true });
    return judged.experiments[0]?.findings.find(({ claim }) => claim === 'validity:generator');
  };
  expect(generatorOn({ cores: 8 })).toMatchObject({ verdict: 'pass' });
  expect(generatorOn({ cores: 8, cpuLimit: 1 })).toMatchObject({
    verdict: 'unsure',
    because: expect.stringContaining("used 97.0 % of the machine's CPU"),
  });
});
