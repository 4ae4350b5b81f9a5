/** Whatever the order in which pages, answers and events arrive, the screen ends where the server is. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Task, TaskEvent } from '#contracts/types.ts';
import { merge } from './modules.ts';

const { noTasks, withEvent, withFirstPage, withoutTask, withTask, visible } = merge;

const task = (id: number, revision: number, more: Partial<Task> = {}): Task => ({
  id,
  user_id: 'u',
  title: `task ${id}`,
  description: null,
  completed: false,
  priority_id: null,
  due_date: null,
  tags: [],
  reminder_lead_minutes: [],
  template_id: null,
  occurrence_at: null,
  revision,
  created_at: '2030-01-01T00:00:00Z',
  updated_at: '2030-01-01T00:00:00Z',
  ...more,
});
const event = (type: TaskEvent['event_type'], data: TaskEvent['data']): TaskEvent => ({
  event_id: 'e',
  event_type: type,
  timestamp: '2030-01-01T00:00:00Z',
  version: 'v1.2',
  data,
});
const all = { show: 'all', q: '', tag: null } as const;
const plain = { floorId: 0, keep: new Set<number>(), hide: new Set<number>() };
const titles = (set: typeof noTasks) => visible(set, all, plain).map(({ id, revision }) => `${id}@${revision}`);

describe('tasks by revision', () => {
  it('ends at the newest revision in any order of arrival', () => {
    const changes = fc.array(fc.record({ id: fc.integer({ min: 1, max: 5 }), revision: fc.integer({ min: 1, max: 9 }) }), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(changes, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (list, dice) => {
        const shuffled = [...list].map((change) => ({ change, at: dice.next().value as number })).sort((a, b) => a.at - b.at);
        const one = list.reduce((set, { id, revision }) => withTask(set, task(id, revision)), noTasks);
        const other = shuffled.reduce(
          (set, { change }) => withEvent(set, event('task.updated', task(change.id, change.revision))),
          noTasks,
        );
        expect(titles(other)).toEqual(titles(one));
      }),
    );
  });

  it('does not bring a deleted task back, neither by a late event nor by a late page', () => {
    const gone = withEvent(withTask(noTasks, task(1, 1)), event('task.deleted', task(1, 1)));
    expect(titles(gone)).toEqual([]);
    expect(titles(withEvent(gone, event('task.updated', task(1, 7))))).toEqual([]);
    expect(titles(withFirstPage(gone, [task(1, 7)], 0))).toEqual([]);
  });

  it('lets a first page replace what was known before it was asked for, and nothing that came since', () => {
    const before = withTask(withTask(noTasks, task(1, 1)), task(2, 1));
    const since = withTask(withTask(before, task(3, 1)), task(2, 5));
    expect(titles(withFirstPage(since, [task(2, 2)], before.tick))).toEqual(['3@1', '2@5']);
    expect(titles(withFirstPage(since, [task(2, 9)], since.tick))).toEqual(['2@9']);
  });

  it('ignores an event that lacks what a screen needs', () => {
    const old = event('task.updated', { id: 1, user_id: 'u', title: 'from v1.0', completed: false });
    expect(withEvent(noTasks, old)).toBe(noTasks);
    expect(merge.taskOfEvent(old)).toBeNull();
  });
});

describe('what is in sight', () => {
  const set = [task(1, 1), task(2, 1, { completed: true, tags: ['a'] }), task(3, 1, { title: 'Buy MILK' })].reduce(
    withTask,
    noTasks,
  );
  const ids = (view: Parameters<typeof visible>[1], how = plain) => visible(set, view, how).map(({ id }) => id);

  it('is what the server would answer for the same question', () => {
    expect(ids(all)).toEqual([3, 2, 1]);
    expect(ids({ ...all, show: 'open' })).toEqual([3, 1]);
    expect(ids({ ...all, show: 'done' })).toEqual([2]);
    expect(ids({ ...all, tag: 'a' })).toEqual([2]);
    expect(ids({ ...all, q: ' milk ' })).toEqual([3]);
  });

  it('keeps what was just changed, hides what is being deleted, and leaves what is below the last page to the next one', () => {
    expect(ids({ ...all, show: 'open' }, { ...plain, keep: new Set([2]) })).toEqual([3, 2, 1]);
    expect(ids(all, { ...plain, hide: new Set([3]) })).toEqual([2, 1]);
    expect(ids(all, { ...plain, floorId: 2 })).toEqual([3, 2]);
    expect(ids(all, { ...plain, floorId: 3, keep: new Set([1]) })).toEqual([3, 1]);
  });

  it('forgets a task that is not there any more', () => {
    expect(visible(withoutTask(set, 2), all, plain).map(({ id }) => id)).toEqual([3, 1]);
  });
});
