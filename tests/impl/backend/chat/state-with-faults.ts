/**
 * A state store whose faults are armed: for moments that a real one can't be brought to at will, such as a save that
 * lands long after it was given up on. What needs no such moment is tested on Redis (`*.stack.test.ts`).
 */
import type { Outcome } from '#kit/sidecar/sidecar.ts';
import type { StateCalls } from '../../../../impl/backend/chat/conversation-store.ts';

export type Fault =
  /** Nothing is done, and nothing heard of it. */
  | 'lost'
  /** Done, and nothing heard of it. */
  | 'done, unheard'
  /** Refused at once. */
  | 'refused'
  /** Done when `release` is called. */
  | 'late';

export interface StateWithFaults extends StateCalls {
  readonly values: Map<string, { readonly value: unknown; readonly etag: string }>;
  /** For the next call of this kind; then as told again. */
  arm(call: 'get' | 'save' | 'delete', ...faults: Fault[]): void;
  /** For every call, until told otherwise. */
  always: Fault | null;
  release(): void;
  readonly calls: string[];
}

export function openStateWithFaults(): StateWithFaults {
  const armed = { get: [] as Fault[], save: [] as Fault[], delete: [] as Fault[] };
  let held: (() => void)[] = [];
  let etags = 0;

  async function meet<T>(kind: 'get' | 'save' | 'delete', work: () => Outcome<T>): Promise<Outcome<T>> {
    const fault = state.always ?? armed[kind].shift();
    state.calls.push(`${kind}${fault ? ` ${fault}` : ''}`);
    switch (fault) {
      case undefined:
        return work();
      case 'refused':
        return { type: 'fail', code: 'SIDECAR_UNREACHABLE', heals: true };
      case 'lost':
        return { type: 'unsure', cause: new Error('no answer') };
      case 'done, unheard':
        work();
        return { type: 'unsure', cause: new Error('no answer') };
      case 'late':
        return new Promise((done) => held.push(() => done(work())));
    }
  }

  const state: StateWithFaults = {
    values: new Map(),
    calls: [],
    always: null,
    arm: (call, ...faults) => void armed[call].push(...faults),
    release() {
      const now = held;
      held = [];
      for (const go of now) go();
    },
    getState: (_store, key) => meet('get', () => ({ type: 'ok', value: (state.values.get(key) as never) ?? null })),
    saveState: (_store, key, value, { etag }) =>
      meet('save', () => {
        const there = state.values.get(key);
        // As on Redis: an etag for a key that is gone is no conflict.
        if (there && there.etag !== etag) return { type: 'fail', code: 'STATE_CONFLICT', heals: true };
        state.values.set(key, { value: structuredClone(value), etag: String(++etags) });
        return { type: 'ok', value: null };
      }),
    deleteState: (_store, key) =>
      meet('delete', () => {
        state.values.delete(key);
        return { type: 'ok', value: null };
      }),
  };
  return state;
}
