/** The use-cases of a template: what is to be done again, and when. Tasks are made of it by recurring. */
import type { TemplateCreate, TemplatePatch } from '#contracts/types.ts';
import { catchUpUsual, makeDue } from '#domain/occurrences.ts';
import { nextOccurrence, recurrenceOf, ruleOf } from '#domain/recurrence.ts';
import { refused } from '#domain/rrule.ts';
import { deleteTemplate, insertTemplate, lockTemplate, type TemplateRow, updateTemplate } from '#domain/template-rows.ts';
import { AppError } from '#kit/web/errors.ts';
import type { Transaction } from '#kit/postgres.ts';
import type { Precondition } from './preconditions.ts';

const emptyTemplate = {
  description: null,
  priority_id: null,
  tags: [],
  reminder_lead_minutes: [60],
  due_after_minutes: 0,
  paused: false,
};

const minuteMs = 60_000;

export function createTemplate(tx: Transaction, userId: string, input: TemplateCreate): Promise<TemplateRow> {
  const { recurrence, ...fields } = input;
  const rule = { ...fields, rrule: recurrence ? ruleOf(recurrence, fields.starts_at) : (fields.rrule as string) };
  // The running minute still counts: "from now on" includes what begins as it is said. What was before is not made up for.
  const justBefore = new Date(Math.floor(Date.now() / minuteMs) * minuteMs - 1);
  return insertTemplate(tx, userId, { ...emptyTemplate, ...scheduled(rule, justBefore) });
}

export async function patchTemplate(
  tx: Transaction,
  userId: string,
  id: number,
  patch: TemplatePatch,
  precondition: Precondition,
): Promise<TemplateRow> {
  const before = (await lockTemplate(tx, userId, id)) ?? noTemplate(id);
  precondition(before.revision);
  const { recurrence: _shorthand, ...fields } = patch;
  const wanted = { ...before, ...fields, rrule: ruleAfter(before, patch) };
  if (sameFields(before, wanted)) return before;
  const schedule = rescheduled(before, wanted);
  if (schedule.next_occurrence?.getTime() !== before.next_occurrence?.getTime()) await makeOwed(tx, before);
  return updateTemplate(tx, id, { ...wanted, ...schedule });
}

/** What was due by the old rule and has not met a tick yet is made now: by the new one nobody would find it. */
async function makeOwed(tx: Transaction, template: TemplateRow): Promise<void> {
  const now = new Date();
  let owing = template;
  while (!owing.paused && owing.next_occurrence !== null && owing.next_occurrence <= now) {
    const { next } = await makeDue(tx, owing, { now, catchUpMax: catchUpUsual, onEnded: () => undefined });
    owing = { ...owing, next_occurrence: next };
  }
}

export async function removeTemplate(tx: Transaction, userId: string, id: number, precondition: Precondition): Promise<void> {
  const template = (await lockTemplate(tx, userId, id)) ?? noTemplate(id);
  precondition(template.revision);
  await deleteTemplate(tx, id);
}

export function noTemplate(id: number): never {
  throw new AppError('TEMPLATE_NOT_FOUND', `There is no template ${id} of this user`);
}

type Rule = Pick<TemplateRow, 'rrule' | 'time_zone' | 'starts_at'>;

/** With the first occurrence after the moment. A rule that has none is a mistake worth telling. */
function scheduled<T extends Rule>(fields: T, after: Date): T & { next_occurrence: Date } {
  const recurrence = recurrenceOf({ rrule: fields.rrule, timeZone: fields.time_zone, startsAt: fields.starts_at });
  const next = nextOccurrence(recurrence, after);
  if (next === null) throw refused('The rule has no occurrence from now on');
  return { ...fields, time_zone: recurrence.timeZone, next_occurrence: next };
}

/**
 * A paused template has no next occurrence; resumed, or with another rule, it goes on from now. Anything else leaves it as
 * it is, also when it is due at this moment and the tick is yet to come.
 */
function rescheduled(before: TemplateRow, wanted: TemplateRow): Pick<TemplateRow, 'next_occurrence' | 'time_zone'> {
  const { time_zone, next_occurrence } = wanted;
  const sameRule = before.rrule === wanted.rrule && before.time_zone === time_zone && before.starts_at === wanted.starts_at;
  if (sameRule && before.paused === wanted.paused) return { time_zone, next_occurrence };
  // Another rule is checked even while paused.
  if (wanted.paused) return { ...(sameRule ? { time_zone } : scheduled(wanted, new Date())), next_occurrence: null };
  return scheduled(wanted, new Date());
}

/** What was said as a shorthand stays one when it starts on another day: "monthly" from the 31st to the 15th. */
function ruleAfter(before: TemplateRow, { recurrence, rrule, starts_at = before.starts_at }: TemplatePatch): string {
  if (rrule !== undefined) return rrule;
  if (recurrence !== undefined) return ruleOf(recurrence, starts_at);
  return before.rrule === ruleOf('monthly', before.starts_at) ? ruleOf('monthly', starts_at) : before.rrule;
}

const sameFields = (a: TemplateRow, b: TemplateRow): boolean =>
  (Object.keys(a) as (keyof TemplateRow)[]).every((name) => JSON.stringify(a[name]) === JSON.stringify(b[name]));
