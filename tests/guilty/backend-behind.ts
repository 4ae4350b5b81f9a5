/** The honest backend, but for what stands before it: every request and every answer go through a crook's hands. */
import type { Middleware } from 'koa';
import { backendConfig, openBackend } from '../../impl/backend/backend.ts';
import { runService } from '../../impl/kit/service.ts';

export const backendBehind = (crook: Middleware): Promise<void> =>
  runService('backend', backendConfig, async (config, log) => {
    const honest = await openBackend(config, log);
    return { ...honest, before: [...(honest.before ?? []), crook] };
  });

export const creates = ({ method, path }: { readonly method: string; readonly path: string }): boolean =>
  method === 'POST' && /^\/api\/[^/]+\/tasks$/.test(path);
