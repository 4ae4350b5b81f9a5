/**
 * Stops calling what does not answer: after some failures in a row calls are refused at once, and after a while one of
 * them tests the way. Whoever waits for an answer gets one now, and what is down is not kept down by our knocking.
 */
import { BrokenCircuitError, circuitBreaker, CircuitState, ConsecutiveBreaker, handleWhenResult } from 'cockatiel';
import type { Logger } from 'pino';
import { gauge } from '../metrics.ts';
import { fail, type Outcome } from './outcome.ts';

export interface BreakerLimits {
  /** In a row. */
  readonly failuresMax: number;
  readonly openMs: number;
}

export interface BreakerOptions extends BreakerLimits {
  /** What it guards, for the log and the metric. */
  readonly name: string;
  /** Whether an outcome says that the other side is away. A refusal of one request says nothing about the next. */
  readonly isAway: (outcome: Outcome<unknown>) => boolean;
  readonly log?: Logger | undefined;
}

export interface Breaker {
  /** The outcome of the work, or `SIDECAR_BREAKER_OPEN` without having tried. */
  run<T>(work: () => Promise<Outcome<T>>): Promise<Outcome<T>>;
}

const open = gauge('sidecar_breaker_open', '1 while calls are refused or one of them tests the way', ['breaker']);

export function openBreaker({ name, failuresMax, openMs, isAway, log }: BreakerOptions): Breaker {
  const breaker = circuitBreaker(
    handleWhenResult((outcome) => isAway(outcome as Outcome<unknown>)),
    { breaker: new ConsecutiveBreaker(failuresMax), halfOpenAfter: openMs },
  );
  let closed = true;
  open.set({ breaker: name }, 0);
  breaker.onStateChange((state) => {
    // Open, half-open, open again, for as long as it lasts: one line when it begins and one when it is over.
    if (closed && state === CircuitState.Open)
      log?.warn({ breaker: name, failuresMax, openMs }, 'breaker opened: calls are refused');
    if (state === CircuitState.Closed) log?.info({ breaker: name }, 'breaker closed: calls go through again');
    closed = state === CircuitState.Closed;
    open.set({ breaker: name }, closed ? 0 : 1);
  });
  return {
    async run(work) {
      // The others would wait for the one that tests the way, as long as it takes.
      if (breaker.state === CircuitState.HalfOpen) return fail('SIDECAR_BREAKER_OPEN', true);
      try {
        return await breaker.execute(work);
      } catch (error) {
        if (error instanceof BrokenCircuitError) return fail('SIDECAR_BREAKER_OPEN', true);
        throw error;
      }
    },
  };
}
