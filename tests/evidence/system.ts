/** What the judge is told of the system that these stories are about. */
import type { SystemRecord } from '../../harness/evidence/records.ts';

export const system: SystemRecord = {
  system: 'todo',
  topics: {
    'task-events': { effects: true },
    'task-updates': { effects: false },
    'task-events-dead': { effects: false, deadLettersOf: 'task-events' },
  },
  consumers: { notices: { topics: ['task-events'], types: ['task.*'] } },
  events: { id: 'event_id', type: 'event_type', contracts: { 'task.*': 'task-event/{version}.json' } },
  changes: { create: 'task.created', update: 'task.updated', complete: 'task.completed', delete: 'task.deleted' },
  answers: { eventId: 'X-Event-Id' },
};
