import { describe, expect, it } from '@jest/globals';
import { openSignal } from '#kit/signal.ts';

describe('signal', () => {
  it('ends a wait when raised, also when raised before it', async () => {
    const signal = openSignal();
    const waiting = signal.wait(60_000);
    signal.raise();
    await waiting;
    signal.raise();
    await signal.wait(60_000);
  });

  it('is spent by one wait', async () => {
    const signal = openSignal();
    signal.raise();
    await signal.wait(60_000);
    const startedAt = performance.now();
    await signal.wait(30);
    expect(performance.now() - startedAt).toBeGreaterThan(25);
  });
});
