/** What the browser shall not let this page do, should anything ever slip into it. */
import helmet from 'koa-helmet';
import type { Middleware } from 'koa';

export interface SecurityOptions {
  readonly publicUrl: URL;
  /** Signing in and out goes there, and a form that is answered with a redirect may lead there only if it is named. */
  readonly issuer: string;
  readonly scriptHashes: readonly string[];
}

const yearS = 365 * 24 * 3600;

export function securityHeaders({ publicUrl, issuer, scriptHashes }: SecurityOptions): Middleware {
  const own = ["'self'"];
  const nobody = ["'none'"];
  const helmeted = helmet({
    contentSecurityPolicy: {
      useDefaults: false, // among them is a switch to HTTPS, which a page on http://localhost would not survive
      directives: {
        defaultSrc: nobody,
        scriptSrc: [...own, ...scriptHashes],
        styleSrc: own,
        imgSrc: own,
        fontSrc: own,
        connectSrc: own,
        manifestSrc: own,
        workerSrc: own,
        formAction: [...own, new URL(issuer).origin],
        baseUri: nobody,
        frameAncestors: nobody,
      },
    },
    strictTransportSecurity: publicUrl.protocol === 'https:' && { maxAge: yearS, includeSubDomains: false },
    // Not `no-referrer`: under it browsers say `Origin: null`, and same-site.ts would refuse our own page.
    referrerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  });
  return async (ctx, next) => {
    ctx.set('Permissions-Policy', 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()');
    await helmeted(ctx, next);
  };
}
