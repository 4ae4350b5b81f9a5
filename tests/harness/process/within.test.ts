import { expect, it } from '@jest/globals';
import { within } from '../../../harness/process/within.ts';

it('gives what the look gives, and its own error, when it ends in time', async () => {
  await expect(within(1_000, 'the store', async () => 7)).resolves.toBe(7);
  await expect(within(1_000, 'the store', () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
});

it('ends a look that never ends, and lets it know', async () => {
  let told = false;
  const look = (signal: AbortSignal) => {
    signal.addEventListener('abort', () => (told = true));
    return new Promise<never>(() => undefined);
  };
  await expect(within(20, 'the store', look)).rejects.toThrow('the store: no answer in 0.02 s');
  expect(told).toBe(true);
});
