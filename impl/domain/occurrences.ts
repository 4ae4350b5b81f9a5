/** What a template owes: its occurrences that are due become tasks, each with its event, and it learns when it is due next. */
import { AppError } from '#kit/web/errors.ts';
import { eventId } from '#kit/event-id.ts';
import { enqueue } from '#kit/outbox.ts';
import type { Transaction } from '#kit/postgres.ts';
import { currentTrace } from '#kit/telemetry.ts';
import { nextOccurrence, occurrencesAfter, type Recurrence, storedRecurrence } from './recurrence.ts';
import { taskCreated } from './task-events.ts';
import { insertOccurrence } from './task-rows.ts';
import { type Advance, advanceTemplate, type TemplateRow } from './template-rows.ts';

export interface DueOccurrences {
  readonly generate: readonly Date[];
  readonly skipped: number;
  readonly next: Date | null;
}

/** Of the occurrences of one template that were missed, so many of the newest become tasks, unless somebody says otherwise. */
export const catchUpUsual = 10;

/** How many overdue occurrences are looked at in one transaction: three years of minutes are skipped in many small steps. */
const lookedAtMax = 500;

/**
 * Of what is due the newest `catchUpMax`; what is older is skipped and counted. After a week of downtime someone wants
 * to see the last days, not those from the beginning of the week.
 */
export function dueOccurrences(recurrence: Recurrence, from: Date, now: Date, catchUpMax: number): DueOccurrences {
  const since = occurrencesAfter(recurrence, new Date(from.getTime() - 1), now, lookedAtMax);
  const due = [...(since[0]?.getTime() === from.getTime() ? [] : movedBack(recurrence, from)), ...since].slice(0, lookedAtMax);
  const skipped = Math.max(0, due.length - catchUpMax);
  // There may be more: only what is certainly too old is passed over, and the template stays due.
  if (due.length === lookedAtMax) return { generate: [], skipped, next: due[skipped] as Date };
  return { generate: due.slice(skipped), skipped, next: nextOccurrence(recurrence, now) };
}

/** No government has moved the clocks by more since 1970 (Antarctica/Casey, 2010: 3 h). */
const movedMsMax = 4 * 3_600_000;

/**
 * What was to be due at `from` when the zone had other data. What comes later now is found when it comes; what came earlier is owed.
 * Was it made already, then nothing comes of it: a template has one task of one moment.
 */
const movedBack = (recurrence: Recurrence, from: Date): Date[] =>
  occurrencesAfter(recurrence, new Date(from.getTime() - movedMsMax), new Date(from.getTime() - 1), lookedAtMax).slice(-1);

export interface Generating {
  readonly now: Date;
  readonly catchUpMax: number;
  /** The rule can't be read any more, so the template ends with what it owes now. */
  onEnded(template: TemplateRow, error: AppError): void;
}

/** Of a template that is locked, and due. */
export async function makeDue(tx: Transaction, template: TemplateRow, options: Generating): Promise<Advance> {
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

function dueOf(template: TemplateRow, { now, catchUpMax, onEnded }: Generating): DueOccurrences {
  const { rrule, time_zone: timeZone, starts_at: startsAt } = template;
  const from = template.next_occurrence as Date;
  let recurrence: Recurrence;
  try {
    recurrence = storedRecurrence({ rrule, timeZone, startsAt });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // It was checked when it came, so what can be read has changed since. Trying each tick would heal nothing; what was due is owed.
    onEnded(template, error);
    return { generate: [from], skipped: 0, next: null };
  }
  return dueOccurrences(recurrence, from, now, catchUpMax);
}
