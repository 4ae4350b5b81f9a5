/** A look that may never end: somebody stands still (SIGSTOP), and its socket is open all the same. */

/** As `look` ends, or a rejection after `ms`; then the look's signal aborts, and nobody waits for it any more. */
export async function within<T>(ms: number, title: string, look: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`${title}: no answer in ${ms / 1000} s`)), ms);
  try {
    return await Promise.race([look(over.signal), late.promise]);
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}
