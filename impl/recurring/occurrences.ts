/** Due templates: their occurrences become tasks, each with its event, and they learn when they are due next. */
import type { Logger } from 'pino';
import { makeDue } from '#domain/occurrences.ts';
import { claimTemplates } from '#domain/template-rows.ts';
import type { Transaction } from '#kit/postgres.ts';

export { dueOccurrences } from '#domain/occurrences.ts';

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
  const { now, catchUpMax, log } = options;
  const templates = await claimTemplates(tx, templateIds, now);
  const onEnded: Parameters<typeof makeDue>[2]['onEnded'] = ({ id, rrule, time_zone }, error) =>
    log.error({ template_id: id, rrule, time_zone, err: error }, 'template ended: its rule is not usable any more');
  const advances = await Promise.all(templates.map((template) => makeDue(tx, template, { now, catchUpMax, onEnded })));
  const sum = (name: 'generated' | 'skipped') => advances.reduce((total, advance) => total + advance[name], 0);
  return { templates: templates.length, generated: sum('generated'), skipped: sum('skipped') };
}
