/** What a sidecar posts, read strictly: a CloudEvent 1.0 whose data keep their contract. */
import { bodyParser } from '@koa/bodyparser';
import type { ValidateFunction } from 'ajv';
import type { Context } from 'koa';
import { fieldErrors } from '../schemas.ts';

export interface EventEnvelope {
  readonly event_id: string;
  readonly event_type: string;
  readonly version: string;
}

interface CloudEvent {
  readonly specversion: string;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly traceparent?: unknown;
  readonly data: unknown;
}

/** By version, e.g. `v1.0`; see `eventSchemas`. */
export type EventSchemas<E> = ReadonlyMap<string, ValidateFunction<E>>;

export type ReadEvent<E> =
  | { readonly type: 'read'; readonly event: E; readonly trace: string | null }
  /** It is no event of this contract, and never will be. */
  | { readonly type: 'unreadable'; readonly because: string; readonly id?: string; readonly data?: unknown };

export async function readEvent<E extends EventEnvelope>(ctx: Context, schemas: EventSchemas<E>): Promise<ReadEvent<E>> {
  const body = await bodyOf(ctx);
  return 'because' in body ? { type: 'unreadable', because: body.because, data: body.raw } : eventIn(body.value, schemas);
}

/** One of several in a bulk delivery, with the name it must be answered under. */
export interface BulkEntry<E> {
  readonly entryId: string;
  readonly read: ReadEvent<E>;
}

/** The entries of a bulk delivery; none when the body holds no such thing. */
export async function readBulk<E extends EventEnvelope>(
  ctx: Context,
  schemas: EventSchemas<E>,
): Promise<readonly BulkEntry<E>[]> {
  const body = await bodyOf(ctx);
  const { entries } = ('value' in body ? (body.value ?? {}) : {}) as { entries?: unknown };
  if (!Array.isArray(entries)) return [];
  return (entries as { entryId?: unknown; event?: unknown }[])
    .filter((entry) => typeof entry?.entryId === 'string')
    .map(({ entryId, event }) => ({ entryId: entryId as string, read: eventIn(event, schemas) }));
}

function eventIn<E extends EventEnvelope>(value: unknown, schemas: EventSchemas<E>): ReadEvent<E> {
  const read = cloudEventOf(value);
  if (typeof read === 'string') return { type: 'unreadable', because: read, data: value };
  const { id, data, traceparent } = read;
  const validate = schemaFor(schemas, (data as Partial<E> | null)?.version);
  if (!validate) return { type: 'unreadable', because: 'version is not one this service reads', id, data };
  if (!validate(data)) return { type: 'unreadable', because: JSON.stringify(fieldErrors(validate.errors)), id, data };
  return { type: 'read', event: data, trace: typeof traceparent === 'string' ? traceparent : null };
}

/**
 * daprd's type for one event is not among those a JSON parser knows. The list replaces the defaults place by place, so the one
 * of bulk deliveries must be in it.
 */
const types = ['application/cloudevents+json', 'application/json'];
const parse = bodyParser({ enableTypes: ['json'], extendTypes: { json: types }, jsonLimit: '4mb' });

async function bodyOf(
  ctx: Context,
): Promise<{ readonly value: unknown } | { readonly because: string; readonly raw: string | undefined }> {
  try {
    await parse(ctx as never, async () => {});
    return { value: ctx.request.body };
  } catch (error) {
    return { because: `unreadable body: ${(error as Error).message}`, raw: ctx.request.rawBody };
  }
}

/** The CloudEvent, or a sentence that says why it isn't one. */
function cloudEventOf(value: unknown): CloudEvent | string {
  const event = value as Partial<CloudEvent> | null | undefined;
  const missing = (['specversion', 'id', 'source', 'type'] as const).filter((name) => typeof event?.[name] !== 'string');
  if (missing.length > 0) return `not a CloudEvent: ${missing.join(', ')} missing`;
  if (event?.specversion !== '1.0') return `CloudEvents ${event?.specversion} is not 1.0`;
  return event as CloudEvent;
}

/** The version's own schema; for a newer minor version the newest known of that major, which additive changes satisfy. */
function schemaFor<E>(schemas: EventSchemas<E>, version: unknown): ValidateFunction<E> | undefined {
  const wanted = /^v(\d+)\.(\d+)$/.exec(String(version));
  if (!wanted) return undefined;
  const exact = schemas.get(wanted[0]);
  if (exact) return exact;
  const older = [...schemas.keys()].filter((known) => known.startsWith(`v${wanted[1]}.`) && minorOf(known) < Number(wanted[2]));
  return schemas.get(older.sort((a, b) => minorOf(b) - minorOf(a))[0] ?? '');
}

const minorOf = (version: string): number => Number(version.split('.')[1]);
