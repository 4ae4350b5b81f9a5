/** A server on a free port of this machine, until the scope ends. */
import { createServer, request as ask, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Scope } from '#harness/process/scope.ts';

export async function serve(scope: Scope, listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  scope.defer('close a server of the test', async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

const invoked = /^\/v1\.0\/invoke\/([^/]+)\/method(\/.*)$/;

/**
 * Stands where the sidecar is: takes its own part off the path, decodes the rest once as Dapr does, and passes all else on
 * but the header it loses.
 */
export const standInSidecar =
  (addressOf: (appId: string) => string, loses = ''): RequestListener =>
  (request, response) => {
    const [, appId = '', path = ''] = invoked.exec(request.url ?? '') ?? [];
    if (appId === '') return void response.writeHead(404).end('not an invocation');
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => name !== 'host' && name !== loses));
    const onward = ask(`${addressOf(appId)}${path.replaceAll('%25', '%')}`, { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', (error) => response.writeHead(502).end(error.message));
    request.pipe(onward);
  };
