import { describe, expect, it } from '@jest/globals';
import { taskCompleted, taskCreated, taskDeleted, taskUpdated } from '#domain/task-events.ts';
import type { TaskRow } from '#domain/task-rows.ts';
import { eventId } from '#kit/event-id.ts';
import { eventSchemas, schemaAt } from '#kit/schemas.ts';

const row: TaskRow = {
  id: 42,
  user_id: 'usr_abc123',
  title: 'Complete Phase V migration',
  description: null,
  completed: false,
  priority_id: 1,
  due_date: new Date('2025-12-20T23:59:59Z'),
  tags: ['work', 'migration'],
  reminder_lead_minutes: [60, 1440],
  template_id: 7,
  occurrence_at: new Date('2025-12-11T08:00:00Z'),
  revision: 3,
  created_at: new Date('2025-12-11T10:30:00.123Z'),
  updated_at: new Date('2025-12-11T10:31:00.456Z'),
};
const deletedAt = new Date('2025-12-12T00:00:00Z');

describe('task events', () => {
  const contract = schemaAt('events/task-event/v1.2.json');
  const events = [taskCreated, taskUpdated, taskCompleted, (task: TaskRow, id: string) => taskDeleted(task, id, deletedAt)];

  it.each(events.map((event) => [event(row, eventId()).type, event] as const))('%s is what its contract says', (_type, event) => {
    const { body } = event(row, eventId());
    expect([body.version, contract(body), contract.errors]).toEqual(['v1.2', true, null]);
  });

  it.each([...eventSchemas('task-event')])('are readable by who knows %s', (_version, reader) => {
    for (const event of events) expect([reader(event(row, eventId()).body), reader.errors]).toEqual([true, null]);
  });

  it('carry one id, the key of their entity, and the whole task', () => {
    const id = eventId();
    const event = taskCreated(row, id);
    expect(event).toMatchObject({ id, key: '42', type: 'task.created', body: { event_id: id, event_type: 'task.created' } });
    expect(Object.keys(event.body.data).sort()).toEqual(Object.keys(row).sort());
    expect(event.body.data).toEqual(JSON.parse(JSON.stringify(row)));
  });

  it('are pure: the same row, id and time make the same event', () => {
    expect(taskDeleted(row, 'a', deletedAt)).toEqual(taskDeleted({ ...row }, 'a', new Date(deletedAt)));
    expect(taskCreated(row, 'a').body.timestamp).toBe('2025-12-11T10:30:00.123Z');
    expect(taskUpdated(row, 'a').body.timestamp).toBe('2025-12-11T10:31:00.456Z');
  });
});
