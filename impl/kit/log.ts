/** One line of JSON an event, on standard output; of an error only what was said, never what it carries along. */
import { type Logger, pino, stdSerializers } from 'pino';
import { currentRequestId } from './web/request-id.ts';
import { currentTraceId } from './telemetry.ts';

/** Whoever logs, the line says for which request and in which trace. */
export const openLog = ({ level, base }: { readonly level: string; readonly base: Readonly<Record<string, unknown>> }): Logger =>
  pino({
    level,
    base,
    mixin: () => ({ request_id: currentRequestId(), trace_id: currentTraceId() }),
    serializers: { err: saidBy },
  });

interface Said {
  readonly type: string;
  /** With those of its causes. */
  readonly message: string;
  readonly stack: string;
  readonly code?: string | number;
  /** Of one that stands for several. */
  readonly errors?: readonly unknown[];
}

/**
 * Errors of libraries bring the request that failed: its headers with the user's token, its body, a URL with a password. Of their own words
 * and codes nothing more is needed; whatever else there is stays out, in them and in their causes.
 */
export function saidBy(error: unknown): Said | string {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : `${typeof error} thrown`;
  const { type, message, stack } = stdSerializers.err(error);
  const { code, errors } = error as { readonly code?: unknown; readonly errors?: unknown };
  return {
    type,
    message,
    stack,
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...(Array.isArray(errors) && { errors: errors.filter((each) => each instanceof Error).map(saidBy) }),
  };
}
