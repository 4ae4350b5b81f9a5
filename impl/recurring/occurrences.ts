/** Due templates: their occurrences become tasks, each with its event, and they learn when they are due next. */
import type { Logger } from 'pino';
import { nextOccurrence, occurrencesAfter, type Recurrence, recurrenceOf } from '#domain/recurrence.ts';
import { taskCreated } from '#domain/task-events.ts';
import { insertOccurrence } from '#domain/task-rows.ts';
import { type Advance, advanceTemplate, claimTemplates, type TemplateRow } from '#domain/template-rows.ts';
import { AppError } from '#kit/web/errors.ts';
import { eventId } from '#kit/event-id.ts';
import { enqueue } from '#kit/outbox.ts';
import type { Transaction } from '#kit/postgres.ts';
import { currentTrace } from '#kit/telemetry.ts';

export interface DueOccurrences {
  readonly generate: readonly Date[];
  readonly skipped: number;
  readonly next: Date | null;
}

/** How many overdue occurrences are looked at in one transaction: three years of minutes are skipped in many small steps. */
const lookedAtMax = 500;

/**
 * Of what is due the newest `catchUpMax`; what is older is skipped and counted. After a week of downtime someone wants
 * to see the last days, not those from the beginning of the week.
 */
export function dueOccurrences(recurrence: Recurrence, from: Date, now: Date, catchUpMax: number): DueOccurrences {
  const due = occurrencesAfter(recurrence, new Date(from.getTime() - 1), now, lookedAtMax);
  const skipped = Math.max(0, due.length - catchUpMax);
  // There may be more: only what is certainly too old is passed over, and the template stays due.
  if (due.length === lookedAtMax) return { generate: [], skipped, next: due[skipped] as Date };
  return { generate: due.slice(skipped), skipped, next: nextOccurrence(recurrence, now) };
}

export interface Generating {
  readonly now: Date;
  readonly catchUpMax: number;
  readonly log: Logger;
}

export interface Generated {
  readonly templates: number;
  readonly generated: number;
  readonly skipped: number;
}

/** Of those that are still due and in nobody else's hands. */
export async function generate(tx: Transaction, templateIds: readonly number[], options: Generating): Promise<Generated> {
  const templates = await claimTemplates(tx, templateIds, options.now);
  const advances = await Promise.all(templates.map((template) => generateOf(tx, template, options)));
  const sum = (name: 'generated' | 'skipped') => advances.reduce((total, advance) => total + advance[name], 0);
  return { templates: templates.length, generated: sum('generated'), skipped: sum('skipped') };
}

async function generateOf(tx: Transaction, template: TemplateRow, options: Generating): Promise<Advance> {
  const due = dueOf(template, options);
  let generated = 0;
  // One after the other: the oldest gets the lowest id.
  for (const occurrence of due.generate) if (await makeTask(tx, template, occurrence)) generated++;
  const advance = { next: due.next, generated, skipped: due.skipped };
  await advanceTemplate(tx, template.id, advance);
  return advance;
}

async function makeTask(tx: Transaction, template: TemplateRow, occurrence: Date): Promise<boolean> {
  const task = await insertOccurrence(tx, template.user_id, {
    title: template.title,
    description: template.description,
    priority_id: template.priority_id,
    due_date: new Date(occurrence.getTime() + template.due_after_minutes * 60_000),
    tags: template.tags,
    reminder_lead_minutes: template.reminder_lead_minutes,
    template_id: template.id,
    occurrence_at: occurrence,
  });
  if (task === undefined) return false;
  await enqueue(tx, taskCreated(task, eventId()), currentTrace());
  return true;
}

function dueOf(template: TemplateRow, { now, catchUpMax, log }: Generating): DueOccurrences {
  const { rrule, time_zone: timeZone, starts_at: startsAt, next_occurrence: from } = template;
  try {
    return dueOccurrences(recurrenceOf({ rrule, timeZone, startsAt }), from as Date, now, catchUpMax);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // It was checked when it came, so its zone or the calendar has changed since. Trying each tick would heal nothing.
    log.error(
      { template_id: template.id, rrule, time_zone: timeZone, err: error },
      'template ended: its rule is not usable any more',
    );
    return { generate: [], skipped: 0, next: null };
  }
}
