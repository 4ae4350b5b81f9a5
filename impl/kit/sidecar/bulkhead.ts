/** So many calls at once to one app, and no more: one that hangs must not take the sockets of all others. */
import { bulkhead, BulkheadRejectedError } from 'cockatiel';
import { fail, type Outcome } from './outcome.ts';

export interface Bulkhead {
  /** The outcome of the work, or `SIDECAR_BUSY` without having tried. */
  run<T>(work: () => Promise<Outcome<T>>): Promise<Outcome<T>>;
}

/** Nobody waits: what is behind those that hang would only learn later that it is refused. */
export function openBulkhead(callsMax: number): Bulkhead {
  const policy = bulkhead(callsMax, 0);
  return {
    async run(work) {
      try {
        return await policy.execute(work);
      } catch (error) {
        if (error instanceof BulkheadRejectedError) return fail('SIDECAR_BUSY', true);
        throw error;
      }
    },
  };
}
