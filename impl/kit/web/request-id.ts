/** The request that is being worked on, wherever in the code that is. Its id joins the log lines of all services it touches. */
import { AsyncLocalStorage } from 'node:async_hooks';

const current = new AsyncLocalStorage<string>();

/** Undefined outside of a request: in the relay, in a sweep. */
export const currentRequestId = (): string | undefined => current.getStore();

export const withRequestId = <T>(id: string, work: () => T): T => current.run(id, work);
