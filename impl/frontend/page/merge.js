/**
 * The tasks this page knows, from three sources that overtake each other: list pages, answers to its own changes, live events.
 * The revision decides, never the order of arrival. Pure: each function returns another set.
 */

/**
 * @typedef {import('../../../contracts/types.ts').Task} Task
 * @typedef {import('../../../contracts/types.ts').TaskEvent} TaskEvent
 * @typedef {{ readonly task: Task, readonly seenAt: number }} Entry
 * @typedef {object} TaskSet
 * @property {ReadonlyMap<number, Entry>} entries
 * @property {ReadonlySet<number>} gone ids of deleted tasks: an event that comes late must not bring one back
 * @property {number} tick counts what was taken in, so that a reply can be told from what came after its request
 */

/** @type {TaskSet} */
export const noTasks = { entries: new Map(), gone: new Set(), tick: 0 };

/** @param {TaskSet} set @param {Task} task @returns {TaskSet} */
export function withTask(set, task) {
  const known = set.entries.get(task.id);
  if (set.gone.has(task.id) || (known && known.task.revision >= task.revision)) return set;
  const tick = set.tick + 1;
  return { ...set, tick, entries: new Map(set.entries).set(task.id, { task, seenAt: tick }) };
}

/** @param {TaskSet} set @param {number} id @returns {TaskSet} */
export function withoutTask(set, id) {
  const entries = new Map(set.entries);
  entries.delete(id);
  return { entries, gone: new Set(set.gone).add(id), tick: set.tick + 1 };
}

/**
 * A first page replaces what was known when it was asked for; what was seen since then is newer than the page and stays.
 * @param {TaskSet} set @param {readonly Task[]} items @param {number} askedAtTick @returns {TaskSet}
 */
export function withFirstPage(set, items, askedAtTick) {
  const since = [...set.entries].filter(([, { seenAt }]) => seenAt > askedAtTick);
  const older = new Map([...set.entries].filter(([id]) => items.some((task) => task.id === id)));
  return withPage({ ...set, entries: new Map([...older, ...since]) }, items);
}

/** @param {TaskSet} set @param {readonly Task[]} items @returns {TaskSet} */
export function withPage(set, items) {
  return items.reduce(withTask, set);
}

/** @param {TaskSet} set @param {TaskEvent} event @returns {TaskSet} */
export function withEvent(set, event) {
  if (event.event_type === 'task.deleted') return withoutTask(set, event.data.id);
  const task = taskOfEvent(event);
  return task ? withTask(set, task) : set;
}

/** Events before v1.2 lack what a screen needs; then the task itself has to be fetched. @param {TaskEvent} event @returns {Task | null} */
export function taskOfEvent({ data }) {
  const { revision, created_at, updated_at } = data;
  if (revision === undefined || created_at === undefined || updated_at === undefined) return null;
  const empty = { description: null, priority_id: null, due_date: null, tags: [], reminder_lead_minutes: [] };
  return { ...empty, template_id: null, occurrence_at: null, ...data, revision, created_at, updated_at };
}

/**
 * @typedef {object} View
 * @property {'all' | 'open' | 'done'} show
 * @property {string} q
 * @property {string | null} tag
 */

/** The same question the server answers for a page, asked of one task. @param {View} view @param {Task} task */
export function matches({ show, q, tag }, task) {
  const words = q.trim().toLowerCase();
  return (
    (show === 'all' || task.completed === (show === 'done')) &&
    (tag === null || task.tags.includes(tag)) &&
    (words === '' || task.title.toLowerCase().includes(words))
  );
}

/**
 * Newest first, as the pages come. While there are more pages, tasks below the last one are left to them: a hole would mislead.
 * @param {TaskSet} set @param {View} view @param {{ floorId: number, keep: ReadonlySet<number>, hide: ReadonlySet<number> }} how
 * @returns {Task[]}
 */
export function visible(set, view, { floorId, keep, hide }) {
  return [...set.entries.values()]
    .map(({ task }) => task)
    .filter(({ id }) => !hide.has(id))
    .filter((task) => keep.has(task.id) || (task.id >= floorId && matches(view, task)))
    .sort((a, b) => b.id - a.id);
}
