/** One value that the page shows, and who wants to know when it changes. */
import { useLayoutEffect, useState } from 'preact/hooks';

/**
 * @template {object} S
 * @param {S} initial
 */
export function createStore(initial) {
  let state = initial;
  /** @type {Set<() => void>} */
  const listeners = new Set();
  return {
    get: () => state,
    /** @param {Partial<S> | ((state: S) => Partial<S>)} change */
    set(change) {
      state = { ...state, ...(typeof change === 'function' ? change(state) : change) };
      for (const listener of listeners) listener();
    },
    /** @param {() => void} listener */
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/**
 * @template {object} S
 * @param {{ get(): S, subscribe(listener: () => void): () => void }} store
 * @returns {S}
 */
export function useStore(store) {
  const [, again] = useState({});
  useLayoutEffect(() => store.subscribe(() => again({})), [store]);
  return store.get();
}

/** Storage may be forbidden or full: then the page merely forgets. @param {string} key */
export function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** @param {string} key @param {string | null} value */
export function remember(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Nothing to do about it, and nothing depends on it.
  }
}
