/** The identity provider: `oidc-provider` and the one question it has for people. */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { errors } from 'oidc-provider';
import { securityHeaders } from '../html.ts';
import { bodyOf, listen, onStop } from '../web.ts';
import { isName } from './account.ts';
import { problemPage, signInPage } from './pages.ts';
import { paper } from '../../../paper.ts';
import { formTargets, openIdProvider, type Settings } from './provider.ts';

const settings = JSON.parse(readFileSync(process.argv[2] as string, 'utf8')) as Settings;
const provider = openIdProvider(settings);
provider.on('server_error', (_ctx, error) => process.stderr.write(`${error.stack}\n`));
const answerProtocol = provider.callback();

const formBytesMax = 4_096;
const read = (path: string) => readFileSync(join(import.meta.dirname, path), 'utf8');
const files: Readonly<Record<string, readonly [type: string, text: string]>> = {
  '/page.css': ['text/css', paper() + read('../page.css')],
  '/sign-out.js': ['text/javascript', read('sign-out.js')],
};

const answer = (response: ServerResponse, status: number, type: string, text: string, also: Record<string, string> = {}) =>
  void response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, ...securityHeaders(also) }).end(text);

async function signIn(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { uid, params, prompt } = await provider.interactionDetails(request, response);
  // Grants are made without asking, so this is only a client that insists on the question.
  if (prompt.name === 'consent')
    return provider.interactionFinished(request, response, { consent: {} }, { mergeWithLastSubmission: true });
  const ask = (status: number, name: string, problem?: string) =>
    answer(response, status, 'text/html', signInPage({ uid, name, ...(problem !== undefined && { problem }) }), {
      'form-action': formTargets(params.redirect_uri as string),
    });
  if (request.method !== 'POST') return ask(200, typeof params.login_hint === 'string' ? params.login_hint : '');
  const form = new URLSearchParams((await bodyOf(request, formBytesMax))?.toString());
  const name = form.get('name')?.trim() ?? '';
  if (!isName(name)) return ask(400, name, 'Use 1 to 64 letters, digits and . _ @ - for the name.');
  await provider.interactionFinished(request, response, { login: { accountId: name } }, { mergeWithLastSubmission: false });
}

const server = createServer((request, response) => {
  const path = (request.url ?? '/').split('?')[0] as string;
  const file = files[path];
  if (file) return answer(response, 200, ...file);
  if (!path.startsWith('/interaction/')) return void answerProtocol(request, response);
  signIn(request, response).catch((error: unknown) => {
    // An old tab, or a form that was sent twice.
    const isOver = error instanceof errors.SessionNotFound;
    if (!isOver) process.stderr.write(`${(error as Error).stack}\n`);
    const words = isOver ? 'This sign-in is over already, or took too long.' : 'The sign-in failed; the log says why.';
    if (!response.headersSent)
      answer(response, isOver ? 400 : 500, 'text/html', problemPage(isOver ? 'session_not_found' : 'server_error', words));
  });
});

onStop(async () => {
  server.close();
  server.closeAllConnections();
});
await listen(server, settings.port);
