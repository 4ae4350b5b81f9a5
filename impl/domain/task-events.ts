/** Task events: pure functions of the row, an id and a time. Pact's provider test calls the same functions. */
import type { TaskEvent } from '#contracts/types.ts';
import type { DomainEvent } from '#kit/outbox.ts';
import { type TaskRow, taskOf } from './task-rows.ts';

const taskEventVersion = 'v1.2';
/** Effects are made from `task-events`; `task-updates` is for live screens. */
const taskTopics = ['task-events', 'task-updates'] as const;
/** A screen that missed one shows the next, and looks again when it reconnects. */
export const bestEffortTopics: readonly string[] = ['task-updates'];

export interface TaskDomainEvent extends DomainEvent {
  readonly body: TaskEvent;
}

export const taskCreated = (task: TaskRow, id: string): TaskDomainEvent => taskEvent('task.created', task, id, task.created_at);
export const taskUpdated = (task: TaskRow, id: string): TaskDomainEvent => taskEvent('task.updated', task, id, task.updated_at);
export const taskCompleted = (task: TaskRow, id: string): TaskDomainEvent =>
  taskEvent('task.completed', task, id, task.updated_at);
/** The row as it last was: a deleted task can't be looked up any more. */
export const taskDeleted = (task: TaskRow, id: string, at: Date): TaskDomainEvent => taskEvent('task.deleted', task, id, at);

function taskEvent(type: TaskEvent['event_type'], task: TaskRow, id: string, at: Date): TaskDomainEvent {
  return {
    id,
    type,
    key: String(task.id),
    topics: taskTopics,
    body: { event_id: id, event_type: type, timestamp: at.toISOString(), version: taskEventVersion, data: taskOf(task) },
  };
}
