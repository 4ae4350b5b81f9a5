import { expect, it } from '@jest/globals';
import { faultInWords, stageInWords, stagingInWords } from '../../../harness/evidence/in-words.ts';

it('a stage: every service with its number, and what is unusual', () => {
  expect(stageInWords({ replicas: { backend: 3, frontend: 1 }, traces: true, profile: 'as written' })).toBe(
    'backend 3, frontend 1, with traces, schedules as written',
  );
});

it('a fault: with every parameter, and without what is only for the journal', () => {
  const kill = { name: 'kill-kafka', do: 'kill', to: 'kafka', afterMs: 8_123, forMs: 10_000, tolerated: true, seed: 4 };
  expect(faultInWords(kill)).toBe('kill kafka after 8.1 s for 10 s, tolerated');
  expect(faultInWords({ ...kill, tolerated: false, latencyMs: 40 })).toBe('kill kafka after 8.1 s for 10 s, latencyMs 40');
});

it('the staging of a run: each time it took, or nothing where nobody wrote it down', () => {
  const mark = (name: string, tookMs: number) => ({ at: 0, kind: 'mark' as const, name, detail: { tookMs } });
  expect(stagingInWords([mark('staged', 5_100), mark('restaged', 800), mark('restaged', 1_240)])).toBe(
    'staged 5.1 s; restaged 0.8 s, 1.2 s',
  );
  expect(stagingInWords(undefined)).toBeUndefined();
});
