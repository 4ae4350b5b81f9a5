/** In the place of `impl/kit/outbox.ts`: events leave as the release wrote them, its newest version and no field that came later. */
import { type DomainEvent, enqueue as enqueueNow } from '../../impl/kit/outbox.ts';
import type { Transaction } from '../../impl/kit/postgres.ts';
import { schemasOf } from './release.ts';

export * from '../../impl/kit/outbox.ts';

const newest = new Map(['task-event', 'reminder-event'].map((family) => [family, [...schemasOf(family)].at(-1)]));

export function enqueue(tx: Transaction, event: DomainEvent, ...trace: [(string | null)?]): Promise<void> {
  const found = newest.get(event.type.replace(/\..*/, '-event'));
  if (!found) throw new Error(`no release wrote ${event.type}`);
  const [version, { properties }] = found;
  const body = event.body as { readonly data: Readonly<Record<string, unknown>> };
  const data = Object.fromEntries(Object.entries(body.data).filter(([name]) => name in properties.data.properties));
  return enqueueNow(tx, { ...event, body: { ...body, version, data } }, ...trace);
}
