/** An answer as a value: what a use-case led to, before anything of it is on the wire. */
import type { Call } from '#kit/web/request.ts';

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; without one the answer has no content. */
  readonly body?: object;
}

/** Text already, so that it can be kept and sent again byte for byte. */
export interface RenderedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export const rendered = ({ status, headers = {}, body }: Answer): RenderedAnswer =>
  body === undefined
    ? { status, headers, body: '' }
    : { status, headers: { ...headers, 'Content-Type': 'application/json; charset=utf-8' }, body: JSON.stringify(body) };

export function send(ctx: Call, { status, headers, body }: RenderedAnswer): void {
  ctx.status = status;
  // First the headers: Koa guesses a type for a body that has none.
  ctx.set(headers);
  ctx.body = body === '' ? null : body;
}
