/** What a sidecar posts, read strictly: a CloudEvent 1.0 whose data keep their contract. */
import { bodyParser } from '@koa/bodyparser';
import type { ValidateFunction } from 'ajv';
import type { Context } from 'koa';
import { fieldErrors } from './schemas.ts';

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
  | { readonly type: 'unreadable'; readonly because: string; readonly id?: string };

export async function readEvent<E extends EventEnvelope>(ctx: Context, schemas: EventSchemas<E>): Promise<ReadEvent<E>> {
  const read = await cloudEventOf(ctx);
  if (typeof read === 'string') return { type: 'unreadable', because: read };
  const { id, data, traceparent } = read;
  const validate = schemaFor(schemas, (data as Partial<E> | null)?.version);
  if (!validate) return { type: 'unreadable', because: 'version is not one this service reads', id };
  if (!validate(data)) return { type: 'unreadable', because: JSON.stringify(fieldErrors(validate.errors)), id };
  return { type: 'read', event: data, trace: typeof traceparent === 'string' ? traceparent : null };
}

/** daprd's content type is not among the ones a JSON parser knows. */
const parse = bodyParser({ enableTypes: ['json'], extendTypes: { json: ['application/cloudevents+json'] }, jsonLimit: '2mb' });

/** The CloudEvent, or a sentence that says why the body isn't one. */
async function cloudEventOf(ctx: Context): Promise<CloudEvent | string> {
  try {
    await parse(ctx as never, async () => {});
  } catch (error) {
    return `unreadable body: ${(error as Error).message}`;
  }
  const event = ctx.request.body as Partial<CloudEvent> | null | undefined;
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
