/** The effect of a task event: one notice to its owner. */
import type { TaskEvent } from '#contracts/types.ts';
import type { Transaction } from '#kit/postgres.ts';

export async function insertNotice(tx: Transaction, event: TaskEvent): Promise<void> {
  const { id, user_id, title } = event.data;
  await tx`
    insert into notices (event_id, event_type, task_id, user_id, title)
    values (${event.event_id}, ${event.event_type}, ${id}, ${user_id}, ${title})`;
}
