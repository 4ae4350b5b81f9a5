/** All that the page shows, in one place. */
import { noTasks } from './merge.js';
import { createStore } from './store.js';

/**
 * @typedef {{ user_id: string, name: string | null, email: string | null, expires_at: string }} Session
 * @typedef {'tasks' | 'recurring' | 'activity'} Place
 * @typedef {{ key: string, body: import('../../../contracts/types.ts').TaskCreate, state: 'saving' | 'failed' | 'unsure',
 *   message: string, seenAs: number | null }} Draft a task on its way to the server
 * @typedef {{ kind: 'error' | 'unsure', text: string }} Note
 * @typedef {{ id: number, text: string, undo: (() => void) | null, end: () => void }} Toast
 */

const initial = {
  /** undefined: not known yet; null: nobody is signed in @type {Session | null | undefined} */
  session: undefined,
  sessionProblem: '',
  expired: false,
  online: navigator.onLine,
  /** @type {'connecting' | 'live' | 'reconnecting'} */
  stream: 'connecting',
  /** @type {Place} */
  place: 'tasks',

  tasks: noTasks,
  /** @type {import('./merge.js').View} */
  view: { show: 'open', q: '', tag: null },
  /** @type {string | null} */
  nextCursor: null,
  /** Below it, more pages wait. */
  floorId: 0,
  /** @type {'first' | 'more' | null} */
  loading: 'first',
  listProblem: '',
  /** @type {readonly Draft[]} */
  drafts: [],
  /** Fields as they will be once the server has agreed. @type {ReadonlyMap<number, object>} */
  overlays: new Map(),
  /** Deleted unless undone. @type {ReadonlySet<number>} */
  hide: new Set(),
  /** Just completed or reopened: stays in sight for a moment, though the filter says otherwise. @type {ReadonlySet<number>} */
  keep: new Set(),
  /** What happened to a task that its row has to tell. @type {ReadonlyMap<number, Note>} */
  notes: new Map(),

  /** @type {readonly Toast[]} */
  toasts: [],
  chatOpen: false,
  preferencesOpen: false,
  /** Rises when something happened that other parts may want to read again. */
  news: 0,
};

export const app = createStore(initial);

/** @template K, V @param {ReadonlyMap<K, V>} map @param {K} key @param {V | undefined} value */
export function withEntry(map, key, value) {
  const next = new Map(map);
  if (value === undefined) next.delete(key);
  else next.set(key, value);
  return next;
}

/** @template T @param {ReadonlySet<T>} set @param {T} item @param {boolean} there */
export function withItem(set, item, there) {
  const next = new Set(set);
  if (there) next.add(item);
  else next.delete(item);
  return next;
}
