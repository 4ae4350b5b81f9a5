/** Waits for facts instead of sleeping: polls often, gives up late, and says what it saw last. */
import type { Exit } from './spawn.ts';

/** Thrown by a probe that knows it will never come true. */
export class GiveUp extends Error {
  override readonly name = 'GiveUp';
}

export interface UntilOptions {
  readonly everyMs: number;
  readonly giveUpMs: number;
  /** Ends the wait at once when the process it waits for is gone. */
  readonly unless?: Promise<Exit>;
  readonly signal?: AbortSignal;
  /** First word of the error, for those who look it up. */
  readonly code?: string;
  /** Last sentence of the error: what to do now. */
  readonly next?: string;
  /** Read only when it failed: the tail of the log of what it waited for. */
  readonly logTail?: () => string;
}

/**
 * Resolves with the first value the probe returns that is not `undefined`. A probe that throws means "not yet", and its
 * message is remembered. The probe's signal aborts when the wait is over, so a hanging request does not outlive it.
 */
export async function until<T>(
  title: string,
  probe: (signal: AbortSignal) => Promise<T | undefined> | T | undefined,
  options: UntilOptions,
): Promise<T> {
  const { everyMs, giveUpMs, unless, signal, code = 'NOT_REACHED', next = '', logTail } = options;
  signal?.throwIfAborted();
  const startedAt = performance.now();
  let lastSeen = 'nothing';

  const failure = (why: string, cause?: unknown, tail = logTail?.() ?? '') => {
    const waitedS = ((performance.now() - startedAt) / 1000).toFixed(1);
    const log = tail.trim() === '' ? '' : `; last log: "${tail.trim()}"`;
    return new Error(`${code}: ${title}: ${why} after ${waitedS} s; last seen: ${lastSeen}${log}. ${next}`.trim(), { cause });
  };

  const over = new AbortController();
  const ended = Promise.withResolvers<never>();
  // Nobody may be racing when it rejects.
  ended.promise.catch(() => {});
  const timer = setTimeout(() => ended.reject(failure('gave up')), giveUpMs);
  const abort = () => ended.reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  unless?.then(
    (exit) => ended.reject(failure(`the process ended (${describeExit(exit)})`, undefined, exit.logTail)),
    ended.reject,
  );

  try {
    for (;;) {
      try {
        const value = await Promise.race([(async () => probe(over.signal))(), ended.promise]);
        if (value !== undefined) return value;
      } catch (error) {
        // A fact that ended the wait came as a rejection too: let it through below.
        lastSeen = oneLine(error);
        if (error instanceof GiveUp) throw failure('failed for good', error);
      }
      await Promise.race([pause(everyMs, over.signal), ended.promise]);
    }
  } finally {
    over.abort();
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

export const describeExit = ({ reason, code, signal }: Exit): string =>
  `${reason}, ${signal ? `signal ${signal}` : `exit code ${code}`}`;

/** `fetch failed` and an AggregateError's empty message say nothing: the cause does. */
function oneLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause;
  const words = error.message.split('\n')[0] || error.name;
  return inner instanceof Error ? `${words} (${oneLine(inner)})` : words;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  });
}
