/** `/livez`: this process turns its event loop. `/readyz`: send it traffic. `/metrics`: its numbers. */
import type { Middleware } from 'koa';
import { metricsText, metricsType } from '../metrics.ts';

export interface Check {
  readonly name: string;
  /** Rejects with a sentence while the service should get no traffic. */
  test(): Promise<void>;
}

export interface HealthOptions {
  readonly readiness: readonly Check[];
  readonly stopping: () => boolean;
}

const checkMsMax = 2_000;

/** Asked every few seconds for as long as the service lives: no spans, and no lines at `info`. */
export const isHealthPath = (path: string): boolean => /^\/(livez|readyz|metrics)$/.test(path);

export function health({ readiness, stopping }: HealthOptions): Middleware {
  return async (ctx, next) => {
    if (ctx.path === '/livez') ctx.body = { alive: true };
    else if (ctx.path === '/readyz') {
      const complaints = stopping()
        ? ['stopping']
        : (await Promise.all(readiness.map(complaintOf))).filter((each) => each !== undefined);
      ctx.status = complaints.length === 0 ? 200 : 503;
      ctx.body = { ready: complaints.length === 0, complaints };
    } else if (ctx.path === '/metrics') {
      ctx.type = metricsType;
      ctx.body = await metricsText();
    } else await next();
  };
}

async function complaintOf(check: Check): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${checkMsMax} ms`)), checkMsMax);
  });
  try {
    await Promise.race([check.test(), late]);
    return undefined;
  } catch (error) {
    return `${check.name}: ${(error as Error).message}`;
  } finally {
    clearTimeout(timer);
  }
}
