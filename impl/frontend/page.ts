/** The web page: a fixed set of small files, read at start, so that no request ever names a path on the disk. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import Router from '@koa/router';

export interface Page {
  readonly router: Router;
  /** CSP sources of the inline scripts of index.html: its import map, which can not be a file. */
  readonly scriptHashes: readonly string[];
}

/** Modules of the page that come from npm, each under a name that does not change with its package. */
const vendor = {
  '/vendor/preact.js': 'preact',
  '/vendor/hooks.js': 'preact/hooks',
  '/vendor/htm.js': 'htm',
};

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** Other addresses of a file: what browsers ask for by themselves, whatever index.html says. */
const aliases = {
  '/': '/index.html',
  '/apple-touch-icon-precomposed.png': '/apple-touch-icon.png',
};

interface File {
  /** By content coding; compressed once, at start. */
  readonly bodies: Readonly<Record<'br' | 'gzip' | 'identity', Buffer>>;
  readonly type: string;
  readonly etag: string;
}

export function openPage(folder: string): Page {
  const files = new Map<string, File>();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const type = types[extname(name)];
    if (type !== undefined) files.set(`/${name.replaceAll('\\', '/')}`, fileOf(readFileSync(join(folder, name)), type));
  }
  for (const [path, module] of Object.entries(vendor)) {
    files.set(path, fileOf(withoutSourceMap(readFileSync(fileURLToPath(import.meta.resolve(module)))), types['.js'] as string));
  }
  for (const [path, target] of Object.entries(aliases)) {
    const file = files.get(target);
    if (file) files.set(path, file);
  }
  const index = files.get('/');

  const router = new Router();
  for (const [path, { bodies, type, etag }] of files) {
    router.get(path, (ctx) => {
      // Weak: the same content in whichever coding.
      ctx.set('ETag', etag);
      ctx.vary('Accept-Encoding');
      // Asked for again each time, and answered with 304: names carry no version, and a page must not mix two.
      ctx.set('Cache-Control', 'no-cache');
      ctx.status = 200;
      if (ctx.fresh) {
        ctx.status = 304;
        return;
      }
      const coding = ctx.acceptsEncodings('br', 'gzip', 'identity') || 'identity';
      if (coding !== 'identity') ctx.set('Content-Encoding', coding);
      ctx.type = type;
      ctx.body = bodies[coding as keyof typeof bodies];
    });
  }
  return { router, scriptHashes: inlineScriptHashes(index?.bodies.identity.toString() ?? '') };
}

const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('base64');
const fileOf = (body: Buffer, type: string): File => ({
  bodies: { br: brotliCompressSync(body), gzip: gzipSync(body), identity: body },
  type,
  etag: `W/"${sha256(body)}"`,
});

/** It is not served, and a browser whose tools are open would complain of that. */
export const withoutSourceMap = (script: Buffer): Buffer =>
  Buffer.from(script.toString().replace(/\n?\/\/# sourceMappingURL=\S+\s*$/, '\n'));

/** Only import maps: any other inline script stays forbidden. */
export const inlineScriptHashes = (html: string): string[] =>
  [...html.matchAll(/<script type="importmap">([^]*?)<\/script>/g)].map(([, text]) => `'sha256-${sha256(text as string)}'`);
