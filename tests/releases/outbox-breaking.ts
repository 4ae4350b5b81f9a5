import { type DomainEvent, enqueue as enqueueNow } from '../../impl/kit/outbox.ts';
import type { Transaction } from '../../impl/kit/postgres.ts';

export * from '../../impl/kit/outbox.ts';

export function enqueue(tx: Transaction, event: DomainEvent, ...trace: [(string | null)?]): Promise<void> {
  const body = event.body as { readonly data: { readonly title?: string } };
  const { title, ...data } = body.data;
  return enqueueNow(tx, { ...event, body: { ...body, data: { ...data, name: title } } }, ...trace);
}
