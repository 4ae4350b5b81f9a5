import { describe, expect, it } from '@jest/globals';
import { dueLeads, reminderDue } from '#domain/reminder-events.ts';
import type { DueTask } from '#domain/reminder-rows.ts';
import { eventId } from '#kit/event-id.ts';
import { eventSchemas, schemaAt } from '#kit/schemas.ts';

const task: DueTask = {
  id: 42,
  user_id: 'usr_abc123',
  title: 'Complete Phase V migration',
  description: null,
  completed: false,
  priority_id: 1,
  due_date: new Date('2025-12-20T23:59:59.123Z'),
  tags: [],
  reminder_lead_minutes: [0, 60, 1440],
  template_id: null,
  occurrence_at: null,
  revision: 1,
  created_at: new Date('2025-12-11T10:30:00.123Z'),
  updated_at: new Date('2025-12-11T10:31:00.456Z'),
};
const at = new Date('2025-12-20T23:00:01Z');

describe('reminder.due', () => {
  it('is what its contract says', () => {
    const contract = schemaAt('events/reminder-event/v1.2.json');
    const { body } = reminderDue(task, 60, eventId(), at);
    expect([body.version, contract(body), contract.errors]).toEqual(['v1.2', true, null]);
  });

  it.each([...eventSchemas('reminder-event')])('is readable by who knows %s', (_version, reader) => {
    expect([reader(reminderDue(task, 60, eventId(), at).body), reader.errors]).toEqual([true, null]);
  });

  it('carries one id, the key of its task, and all that a message needs', () => {
    const id = eventId();
    expect(reminderDue(task, 60, id, at)).toEqual({
      id,
      type: 'reminder.due',
      key: '42',
      topics: ['reminders'],
      body: {
        event_id: id,
        event_type: 'reminder.due',
        timestamp: '2025-12-20T23:00:01.000Z',
        version: 'v1.2',
        data: {
          task_id: 42,
          user_id: 'usr_abc123',
          task_title: 'Complete Phase V migration',
          due_date: '2025-12-20T23:59:59.123Z',
          reminder_time: '2025-12-20T22:59:59.123Z',
          notification_channels: ['email', 'push'],
          reminder_id: id,
          lead_minutes: 60,
        },
      },
    });
  });

  it.each([
    ['2025-12-19T23:59:59.122Z', []],
    ['2025-12-19T23:59:59.123Z', [1440]],
    ['2025-12-20T22:59:59.123Z', [60, 1440]],
    ['2025-12-21T00:00:00.000Z', [0, 60, 1440]],
  ])('at %s the leads %j are due', (now, leads) => {
    expect(dueLeads(task, new Date(now))).toEqual(leads);
  });
});
