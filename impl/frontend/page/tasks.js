/** What a user can do to tasks: shown at once, confirmed or taken back when the answer is there. */
import { call, withQuery } from './api.js';
import { taskOfEvent, withEvent, withFirstPage, withoutTask, withPage, withTask } from './merge.js';
import { messageOf } from './problem.js';
import { app, withEntry, withItem } from './state.js';
import { addToast } from './toasts.js';

/**
 * @typedef {import('./merge.js').Task} Task
 * @typedef {import('./merge.js').TaskEvent} TaskEvent
 * @typedef {import('../../../contracts/types.ts').TaskCreate} TaskCreate
 * @typedef {import('../../../contracts/types.ts').TaskPatch} TaskPatch
 */

const pageRows = 20;
const pageRowsMax = 100;
let asked = 0;

/** @param {{ cursor?: string | null, limit?: number }} [page] */
const listPath = ({ cursor = null, limit = pageRows } = {}) => {
  const { show, q, tag } = app.get().view;
  return withQuery('/api/tasks', { limit, cursor, completed: show === 'all' ? null : show === 'done', q: q.trim(), tag });
};

/** @param {string | null} cursor @param {readonly Task[]} items */
const floorOf = (cursor, items) => (cursor === null ? 0 : (items.at(-1)?.id ?? 0));

/** Reads the list again from its top, at least as far as it was read before. @param {{ quietly?: boolean }} [how] */
export async function refetch({ quietly = false } = {}) {
  const number = ++asked;
  const { tasks, floorId } = app.get();
  if (!quietly) app.set({ loading: 'first', listProblem: '' });
  const known = quietly ? [...tasks.entries.keys()].filter((id) => id >= floorId).length : 0;
  const limit = Math.min(pageRowsMax, Math.max(pageRows, known));
  const outcome = await call('GET', listPath({ limit }));
  // A later question (another filter, another key stroke) has replaced this one.
  if (number !== asked) return;
  if (outcome.type !== 'ok') return void app.set({ loading: null, listProblem: messageOf(outcome) });
  const { items, next_cursor: nextCursor } = outcome.value;
  app.set((state) => ({
    tasks: withFirstPage(state.tasks, items, tasks.tick),
    nextCursor,
    floorId: floorOf(nextCursor, items),
    loading: null,
    listProblem: '',
  }));
}

export async function showMore() {
  const number = ++asked;
  app.set({ loading: 'more', listProblem: '' });
  const outcome = await call('GET', listPath({ cursor: app.get().nextCursor }));
  if (number !== asked) return;
  if (outcome.type !== 'ok') return void app.set({ loading: null, listProblem: messageOf(outcome) });
  const { items, next_cursor: nextCursor } = outcome.value;
  app.set((state) => ({ tasks: withPage(state.tasks, items), nextCursor, floorId: floorOf(nextCursor, items), loading: null }));
}

/** @param {Partial<import('./merge.js').View>} change */
export function look(change) {
  app.set(({ view }) => ({ view: { ...view, ...change }, keep: new Set(), nextCursor: null, floorId: 0 }));
  return refetch();
}

/** @param {TaskEvent} event */
export function hear(event) {
  const { id, title } = event.data;
  app.set((state) => ({
    tasks: withEvent(state.tasks, event),
    news: state.news + 1,
    // A draft whose task is already here would be shown twice; a doubtful one has just proved that it arrived.
    ...(event.event_type === 'task.created' && {
      drafts: state.drafts.flatMap((draft) => {
        if (draft.seenAs !== null || draft.body.title !== title) return [draft];
        return draft.state === 'saving' ? [{ ...draft, seenAs: id }] : [];
      }),
    }),
  }));
  if (event.event_type !== 'task.deleted' && taskOfEvent(event) === null) void reload(id);
}

/** @param {number} id */
export async function reload(id) {
  const outcome = await call('GET', `/api/tasks/${id}`);
  if (outcome.type === 'ok') app.set((state) => ({ tasks: withTask(state.tasks, outcome.value) }));
  else if (outcome.status === 404) app.set((state) => ({ tasks: withoutTask(state.tasks, id) }));
  return outcome;
}

/** Brings one task into sight, whatever the list shows: where a reminder's link leads. @param {number} id */
export async function showTask(id) {
  await reload(id);
  app.set(({ keep }) => ({ keep: withItem(keep, id, true) }));
  requestAnimationFrame(() => /** @type {HTMLElement | null} */ (document.querySelector(`#task-${id} .task-title`))?.focus());
}

/** @param {TaskCreate} body */
export function create(body) {
  const draft = { key: crypto.randomUUID(), body, state: /** @type {const} */ ('saving'), message: '', seenAs: null };
  app.set(({ drafts }) => ({ drafts: [draft, ...drafts] }));
  return send(draft);
}

/** The key stays the same for each try: however often it is sent, it makes one task. @param {import('./state.js').Draft} draft */
export async function send(draft) {
  const { key, body } = draft;
  setDraft(key, { state: 'saving', message: '' });
  const outcome = await call('POST', '/api/tasks', { body, key });
  if (outcome.type === 'ok') {
    app.set((state) => ({
      tasks: withTask(state.tasks, outcome.value),
      drafts: state.drafts.filter((each) => each.key !== key),
    }));
    return;
  }
  const unsure = outcome.type === 'unsure';
  setDraft(key, { state: unsure ? 'unsure' : 'failed', seenAs: null, message: messageOf(outcome) });
  if (unsure) await refetch({ quietly: true });
}

/** @param {string} key @param {Partial<import('./state.js').Draft>} change */
function setDraft(key, change) {
  app.set(({ drafts }) => ({ drafts: drafts.map((draft) => (draft.key === key ? { ...draft, ...change } : draft)) }));
}

/** @param {string} key */
export function discard(key) {
  app.set(({ drafts }) => ({ drafts: drafts.filter((draft) => draft.key !== key) }));
}

/** Two quick changes of one task go one after the other, or the first might win. @type {Map<number, Promise<void>>} */
const queues = new Map();

/** @param {Task} task @param {boolean} completed */
export function setCompleted(task, completed) {
  const { id, title } = task;
  app.set(({ overlays, keep, notes }) => ({
    overlays: withEntry(overlays, id, { completed }),
    keep: withItem(keep, id, true),
    notes: withEntry(notes, id, undefined),
  }));
  if (completed) {
    addToast(`Completed “${title}”`, {
      undo: () => setCompleted(task, false),
      end: () => app.set(({ keep }) => ({ keep: withItem(keep, id, false) })),
    });
  }
  const turn = (queues.get(id) ?? Promise.resolve()).then(async () => {
    const outcome = await call('PATCH', `/api/tasks/${id}`, { body: { completed } });
    await settle(id, outcome, { completed });
  });
  queues.set(id, turn);
  return turn;
}

/** @param {number} id @param {import('./problem.js').Outcome} outcome @param {object} overlay */
async function settle(id, outcome, overlay) {
  if (outcome.type === 'ok') app.set((state) => ({ tasks: withTask(state.tasks, outcome.value) }));
  else if (outcome.type === 'unsure' || outcome.status === 404) await reload(id);
  app.set(({ overlays, notes }) => ({
    // A later change of the same field keeps its own overlay.
    overlays: same(overlays.get(id), overlay) ? withEntry(overlays, id, undefined) : overlays,
    notes: withEntry(notes, id, noteOf(outcome)),
  }));
}

/** @param {object | undefined} a @param {object} b */
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** @param {import('./problem.js').Outcome} outcome @returns {import('./state.js').Note | undefined} */
function noteOf(outcome) {
  if (outcome.type === 'ok') return undefined;
  const text = messageOf(outcome);
  return outcome.type === 'unsure'
    ? { kind: 'unsure', text: `${text} You see what the server has now.` }
    : { kind: 'error', text: `Not changed. ${text}` };
}

/** Only if it still is at the revision the user saw. @param {number} id @param {number} revision @param {TaskPatch} patch */
export async function saveEdit(id, revision, patch) {
  const outcome = await call('PATCH', `/api/tasks/${id}`, { body: patch, revision });
  if (outcome.type === 'ok') app.set((state) => ({ tasks: withTask(state.tasks, outcome.value) }));
  else if (outcome.type === 'unsure' || outcome.status === 412 || outcome.status === 404) await reload(id);
  return outcome;
}

/** Deletions wait until their undo period is over. @type {Map<number, () => void>} */
const deletions = new Map();

/** @param {Task} task @param {{ focusUndo: boolean }} how */
export function removeTask({ id, title }, { focusUndo }) {
  app.set(({ hide, notes }) => ({ hide: withItem(hide, id, true), notes: withEntry(notes, id, undefined) }));
  const restore = () => app.set(({ hide }) => ({ hide: withItem(hide, id, false) }));
  const commit = async () => {
    if (!deletions.delete(id)) return;
    const outcome = await call('DELETE', `/api/tasks/${id}`, { keepalive: true });
    if (outcome.type === 'ok' || outcome.status === 404) app.set((state) => ({ tasks: withoutTask(state.tasks, id) }));
    else await settle(id, outcome, {});
    restore();
  };
  deletions.set(id, commit);
  addToast(`Deleted “${title}”`, {
    undo: () => void (deletions.delete(id) && restore()),
    end: () => void commit(),
    focusUndo,
  });
}

/** A page that goes away does what was asked for. */
export function finishDeletions() {
  for (const commit of deletions.values()) void commit();
}
