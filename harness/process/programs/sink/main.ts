/**
 * The sink: a stand-in for an SMTP provider and for the browser vendors' push services, which can't be had on one machine.
 * It speaks their protocols for real; only what lies behind them is missing: nothing is delivered to anybody.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { join } from 'node:path';
import { listen, onStop } from '../web.ts';
import { certificate } from './certificate.ts';
import { kept } from './kept.ts';
import { type Mail, mailServer } from './mails.ts';
import { type Push, pushHandler, type Subscription } from './pushes.ts';
import { webHandler } from './web.ts';

/** What `sink.ts` of the harness writes. */
interface Settings {
  readonly smtpPort: number;
  readonly httpPort: number;
  readonly pushPort: number;
  /** Where it keeps what came in. */
  readonly folder: string;
  readonly caFile: string;
}

const countMax = 2_000;
const { smtpPort, httpPort, pushPort, folder, caFile } = JSON.parse(readFileSync(process.argv[2] as string, 'utf8')) as Settings;
const pushOrigin = `https://127.0.0.1:${pushPort}`;
mkdirSync(folder, { recursive: true });
const contents = {
  mails: kept<Mail>(join(folder, 'mails.ndjson'), countMax),
  pushes: kept<Push>(join(folder, 'pushes.ndjson'), countMax),
  subscriptions: kept<Subscription>(join(folder, 'subscriptions.ndjson'), countMax),
};

const smtp = mailServer(contents.mails);
const takePush = pushHandler(contents, pushOrigin);
const push = createSecureServer(await certificate(caFile, join(folder, 'push-key.pem')), (request, response) => {
  takePush(request, response).catch((error: unknown) => {
    process.stderr.write(`push: ${String(error)}\n`);
    response.destroy();
  });
});
const web = createServer(webHandler(contents, pushOrigin));

onStop(async () => {
  for (const server of [web, push]) {
    server.close();
    server.closeAllConnections();
  }
  await smtp.close();
});
await smtp.listen(smtpPort);
await listen(push, pushPort);
// Last: who asks whether it is healthy asks for all three.
await listen(web, httpPort);
