/** The honest frontend, but for what stands before it: every request and every answer go through a crook's hands. */
import type { Middleware } from 'koa';
import { frontendConfig, openFrontend } from '../../impl/frontend/frontend.ts';
import { runService } from '../../impl/kit/service.ts';

export const frontendBehind = (crook: Middleware): Promise<void> =>
  runService('frontend', frontendConfig, async (config, log) => {
    const honest = await openFrontend(config, log);
    return { ...honest, before: [...(honest.before ?? []), crook] };
  });
