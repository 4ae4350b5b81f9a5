/**
 * Things that were started, and how each is undone. Undos are written down *before* the start is awaited, so a half-started
 * thing is stopped too; they run in reverse order, each with a time budget of its own: the run's deadline is over by then.
 */
export interface Scope extends AsyncDisposable {
  readonly title: string;
  /** Aborts when the run is interrupted and when this scope closes. */
  readonly signal: AbortSignal;
  /** Starts a thing in a child scope. When the start fails or is aborted, what it had begun is undone before this rejects. */
  use<T>(thing: Startable<T>): Promise<T>;
  /** Call it before the start it undoes. Throws when the scope has begun to close: then don't start. */
  defer(title: string, undo: () => Promise<void>): void;
  child(title: string): Scope;
  /** Undoes everything, whatever fails on the way; then rejects with one AggregateError if something did. Twice is fine. */
  close(): Promise<void>;
}

export interface Startable<T> {
  readonly title: string;
  start(scope: Scope): Promise<T>;
}

export interface ScopeOptions {
  readonly title: string;
  /** Ctrl-C, or the deadline of the run. */
  readonly signal?: AbortSignal;
  /** For each undo. */
  readonly undoMsMax?: number;
}

interface Undo {
  readonly title: string;
  readonly run: () => Promise<void>;
  /** A child scope has none: its own undos do. */
  readonly msMax: number | undefined;
}

export function openScope({ title, signal: outer, undoMsMax = 15_000 }: ScopeOptions): Scope {
  const undos: Undo[] = [];
  const closing = new AbortController();
  const signal = outer ? AbortSignal.any([outer, closing.signal]) : closing.signal;
  let closed: Promise<void> | undefined;

  const write = (undo: Undo) => {
    if (closing.signal.aborted)
      throw new Error(`SCOPE_CLOSED: ${title} is closing, so "${undo.title}" would never run. Start nothing more in it`);
    undos.push(undo);
  };

  const unwind = async () => {
    closing.abort(new Error(`SCOPE_CLOSED: ${title} is closing`));
    const failures: Error[] = [];
    for (const undo of undos.reverse()) {
      try {
        await inTime(undo);
      } catch (error) {
        if (undo.msMax === undefined && error instanceof AggregateError) failures.push(...(error.errors as Error[]));
        else failures.push(new Error(`${undo.title}: ${(error as Error)?.message ?? String(error)}`, { cause: error }));
      }
    }
    if (failures.length === 0) return;
    const sentences = failures.map((failure) => failure.message).join('; ');
    throw new AggregateError(failures, `NOT_CLEANED_UP: ${title}: ${failures.length} of the undos failed: ${sentences}`);
  };

  const scope: Scope = {
    title,
    signal,
    defer: (what, run) => write({ title: what, run, msMax: undoMsMax }),
    child(name) {
      const child = openScope({ title: name, signal, undoMsMax });
      write({ title: `close ${name}`, run: child.close, msMax: undefined });
      return child;
    },
    async use(thing) {
      signal.throwIfAborted();
      const own = scope.child(thing.title);
      const aborted = Promise.withResolvers<never>();
      const abort = () => aborted.reject(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      try {
        // A start that ignores its signal must not hold up the undo; what it still tries to defer is refused above.
        return await Promise.race([thing.start(own), aborted.promise]);
      } catch (error) {
        // A failed undo is not lost: closing the parent meets the same promise and reports it.
        await own.close().catch(() => {});
        throw error;
      } finally {
        signal.removeEventListener('abort', abort);
      }
    },
    close: () => (closed ??= unwind()),
    [Symbol.asyncDispose]: () => scope.close(),
  };
  return scope;
}

async function inTime({ run, msMax }: Undo): Promise<void> {
  if (msMax === undefined) return run();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`not done after ${msMax} ms, left behind`)), msMax);
  try {
    await Promise.race([run(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
