/** The HTTP side: an API for tests and a page for people. */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { securityHeaders } from '../html.ts';
import { answerJson } from '../web.ts';
import type { Kept } from './kept.ts';
import type { Mail } from './mails.ts';
import { framedHtml, listPage, mailPage, sandbox } from './pages.ts';
import { paper } from '../../../paper.ts';
import { isSubscriptionId, type Push, subscribe, type Subscription } from './pushes.ts';

export interface Contents {
  readonly mails: Kept<Mail>;
  readonly pushes: Kept<Push>;
  readonly subscriptions: Kept<Subscription>;
}

const file = (path: string) => readFileSync(join(import.meta.dirname, path), 'utf8');

export function webHandler(contents: Contents, pushOrigin: string) {
  const { mails, pushes } = contents;
  const [style, script] = [paper() + file('../page.css'), file('refresh.js')];

  return (request: IncomingMessage, response: ServerResponse): void => {
    request.resume();
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://sink');
    const answer = (type: string, text: string, also: Readonly<Record<string, string>> = {}) =>
      void response.writeHead(200, { 'content-type': `${type}; charset=utf-8`, ...securityHeaders(also) }).end(text);

    switch (`${request.method} ${pathname}`) {
      case 'GET /':
        return answer('text/html', listPage(mails.all(), pushes.all()));
      case 'GET /page.css':
        return answer('text/css', style);
      case 'GET /refresh.js':
        return answer('text/javascript', script);
      case 'GET /health':
        return answerJson(response, 200, { status: 'ok' });
      case 'GET /api/messages': {
        const to = searchParams.get('to')?.toLowerCase();
        const hasIt = (mail: Mail) => mail.to.some((address) => address.toLowerCase() === to);
        return answerJson(response, 200, to === undefined ? mails.all() : mails.all().filter(hasIt));
      }
      case 'DELETE /api/messages':
        mails.clear();
        return void response.writeHead(204).end();
      case 'GET /api/pushes': {
        const id = searchParams.get('id');
        return answerJson(response, 200, id === null ? pushes.all() : pushes.all().filter((push) => push.subscription === id));
      }
      case 'POST /subscriptions': {
        const id = searchParams.get('id') ?? undefined;
        if (id !== undefined && !isSubscriptionId(id))
          return answerJson(response, 400, { error: 'id: 1 to 64 of A-Z a-z 0-9 _ -' });
        return answerJson(response, 201, subscribe(contents, pushOrigin, id));
      }
    }

    const [, id, part] = /^\/mails\/([\w-]+)(\/html)?$/.exec(pathname) ?? [];
    const mail = request.method === 'GET' ? mails.all().find((one) => one.id === id) : undefined;
    if (mail === undefined) return answerJson(response, 404, { error: `nothing at ${request.method} ${pathname}` });
    if (part === undefined) return answer('text/html', mailPage(mail), { 'frame-src': "'self'" });
    // Also when somebody opens it without the frame: no script, nothing fetched from elsewhere.
    answer('text/html', framedHtml(mail), {
      sandbox,
      'script-src': "'none'",
      'style-src': "'unsafe-inline'",
      'frame-ancestors': "'self'",
    });
  };
}
