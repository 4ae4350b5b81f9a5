/** The sink against the clients that services really use: nodemailer, web-push, and Node's own trust in certificates. */
import { execFile } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { createTransport, type SendMailOptions } from 'nodemailer';
import webPush from 'web-push';
import { type Sink, sink } from '../../../harness/process/sink.ts';
import { until } from '../../../harness/process/until.ts';
import { inScope } from './scene.ts';

const withSink = (act: (sink: Sink, folder: string) => Promise<void>) =>
  inScope(async (scope, folder) => act(await scope.use(sink({ folder })), folder));

const send = ({ smtpUrl }: Sink, mail: SendMailOptions) =>
  createTransport(smtpUrl).sendMail({
    from: 'Tasks <tasks@todo.example>',
    subject: 'Due soon',
    text: 'Water the plants',
    ...mail,
  });
/** The SMTP code a client is refused with. */
const refusalOf = (sent: Promise<unknown>) =>
  sent.then(
    () => 'taken',
    (error: { responseCode?: number }) => error.responseCode,
  );

describe('mail', () => {
  it('is taken and read back by whom it was sent to', () =>
    withSink(async (part) => {
      const html = '<p>Water the <b>plants</b></p>';
      const headers = { 'X-Event-Id': 'e-1' };
      const { messageId } = await send(part, {
        to: 'Ada <ada@mail.example>',
        bcc: 'Bob@mail.example',
        subject: 'Fällig',
        html,
        headers,
      });
      await send(part, { to: 'eve@mail.example' });

      const [mail, ...others] = await part.messages('ada@mail.example');
      expect(others).toEqual([]);
      expect(mail).toMatchObject({ messageId, subject: 'Fällig', html, text: 'Water the plants' });
      expect(mail?.to).toEqual(['ada@mail.example', 'Bob@mail.example']);
      expect(mail?.headers).toMatchObject({ 'x-event-id': 'e-1', 'message-id': messageId });
      expect(mail?.headers).not.toHaveProperty('bcc');
      expect(Math.abs(Date.now() - (mail?.receivedAt ?? 0))).toBeLessThan(10_000);
      expect((await part.messages('bob@mail.example')).map(({ id }) => id)).toEqual([mail?.id]);
      expect((await part.messages()).map(({ subject }) => subject)).toEqual(['Fällig', 'Due soon']);
      await fetch(`${part.url}/api/messages`, { method: 'DELETE' });
      expect(await part.messages()).toEqual([]);
    }));

  it('is taken from a client that shows a name and a password', () =>
    withSink(async (part) => {
      await send({ ...part, smtpUrl: part.smtpUrl.replace('//', '//any:thing@') }, { to: 'ada@mail.example' });
      expect(await part.messages()).toHaveLength(1);
    }));

  it('to refused.example is refused for good, to busy.example twice and then taken, each recipient by itself', () =>
    withSink(async (part) => {
      expect(await refusalOf(send(part, { to: 'ada@refused.example' }))).toBe(550);
      const codes: unknown[] = [];
      for (const to of ['a@busy.example', 'b@busy.example', 'a@busy.example', 'a@busy.example'])
        codes.push(await refusalOf(send(part, { to })));
      expect(codes).toEqual([451, 451, 451, 'taken']);
      expect((await part.messages()).map(({ to }) => to)).toEqual([['a@busy.example']]);
    }));

  it('to slow.example is kept before it is answered; a stop answers it at once', () =>
    withSink(async (part) => {
      const outcome = refusalOf(send(part, { to: 'ada@slow.example' }));
      const kept = async () => ((await part.messages('ada@slow.example')).length === 1 ? true : undefined);
      await until('the mail is kept', kept, { everyMs: 20, giveUpMs: 5_000 });
      expect(await Promise.race([outcome, Promise.resolve('no answer yet')])).toBe('no answer yet');
      await part.stop();
      expect(await outcome).toBe(421);
    }));

  it('that is too long is refused', () =>
    withSink(async (part) => {
      expect(await refusalOf(send(part, { to: 'ada@mail.example', text: 'x'.repeat(300_000) }))).toBe(552);
      expect(await part.messages()).toEqual([]);
    }));

  it('survives a kill, whatever half line it left', () =>
    withSink(async (part, folder) => {
      await send(part, { to: 'ada@mail.example' });
      await part.kill();
      appendFileSync(join(folder, 'sink', 'mails.ndjson'), '{"id":"half');
      await part.revive();
      await send(part, { to: 'bob@mail.example' });
      expect((await part.messages()).map(({ to }) => to[0])).toEqual(['ada@mail.example', 'bob@mail.example']);
      expect(
        readFileSync(join(folder, 'sink', 'mails.ndjson'), 'utf8')
          .trimEnd()
          .split('\n'),
      ).toHaveLength(2);
    }));
});

describe('push', () => {
  const vapid = webPush.generateVAPIDKeys();
  const details = { subject: 'mailto:ops@todo.example', ...vapid };
  const push = ({ caFile }: Sink, subscription: webPush.PushSubscription, vapidDetails = details) =>
    webPush.sendNotification(subscription, 'Wässer die Pflanzen', {
      vapidDetails,
      TTL: 600,
      urgency: 'high',
      agent: new Agent({ ca: readFileSync(caFile) }),
    });
  const statusOf = (sent: Promise<{ statusCode: number }>) =>
    sent.then(
      ({ statusCode }) => statusCode,
      ({ statusCode }: { statusCode: number }) => statusCode,
    );

  it('to a subscription of its own is stored, readable, over a revive with the old certificate too', () =>
    withSink(async (part) => {
      const subscription = await part.subscribe();
      expect(subscription.endpoint.startsWith(`${part.pushOrigin}/push/`)).toBe(true);
      expect(await statusOf(push(part, subscription))).toBe(201);
      const caBefore = readFileSync(part.caFile, 'utf8');
      await part.kill();
      await part.revive();
      expect(readFileSync(part.caFile, 'utf8')).toBe(caBefore);
      expect(await statusOf(push(part, subscription))).toBe(201);
      const pushes = await part.pushes(subscription.endpoint.split('/').at(-1));
      expect(pushes.map(({ payload }) => payload)).toEqual(['Wässer die Pflanzen', 'Wässer die Pflanzen']);
      expect(pushes[0]?.headers).toMatchObject({ ttl: '600', urgency: 'high', 'content-encoding': 'aes128gcm' });
      expect(await part.pushes('another')).toEqual([]);
    }));

  it('made for other keys is taken, as a blind service would, and called unreadable', () =>
    withSink(async (part) => {
      const [one, other] = [await part.subscribe('one'), await part.subscribe('other')];
      expect(await statusOf(push(part, { ...one, keys: other.keys }))).toBe(201);
      const [stored] = await part.pushes('one');
      expect(stored?.payload).toBeNull();
      expect(stored?.problem).toMatch(/authenticate/);
    }));

  it('to gone- answers 410, to busy- 503 twice and then 201', () =>
    withSink(async (part) => {
      expect(await statusOf(push(part, await part.subscribe('gone-1')))).toBe(410);
      const busy = await part.subscribe('busy-1');
      const statuses = [await statusOf(push(part, busy)), await statusOf(push(part, busy)), await statusOf(push(part, busy))];
      expect(statuses).toEqual([503, 503, 201]);
      expect(await part.pushes()).toHaveLength(1);
    }));

  it('without its headers, or with a token that its key did not sign, is refused', () =>
    withSink(async (part) => {
      const subscription = await part.subscribe();
      const { endpoint, headers, body } = webPush.generateRequestDetails(subscription, 'hello', { vapidDetails: details });
      const post = (changed: Record<string, string | undefined>) => {
        const sent = Object.entries({ ...headers, ...changed }).flatMap(([name, value]) =>
          value === undefined || name === 'Content-Length' ? [] : ['-H', `${name}: ${String(value)}`],
        );
        return postWithNode(part, endpoint, sent, body);
      };
      expect(await post({ TTL: undefined })).toBe(400);
      expect(await post({ 'Content-Encoding': 'gzip' })).toBe(400);
      expect(await post({ Authorization: undefined })).toBe(401);
      const other = webPush.generateVAPIDKeys().publicKey;
      expect(await post({ Authorization: String(headers.Authorization).replace(/k=.*/, `k=${other}`) })).toBe(403);
      const elsewhere = webPush.getVapidHeaders(
        'https://push.example',
        details.subject,
        vapid.publicKey,
        vapid.privateKey,
        'aes128gcm',
      );
      expect(await post({ Authorization: elsewhere.Authorization })).toBe(403);
      expect(await part.pushes()).toEqual([]);
      expect(await post({})).toBe(201);
    }));
});

/** By a Node that trusts the certificate as a service does: NODE_EXTRA_CA_CERTS. */
async function postWithNode({ caFile }: Sink, url: string, headers: readonly string[], body: Buffer | null): Promise<number> {
  const pairs = headers.filter((each) => each !== '-H').map((each) => each.split(/: (.*)/s).slice(0, 2));
  const program = `const [url, headers, body] = JSON.parse(process.argv[1]);
    const answer = await fetch(url, { method: 'POST', headers, body: Buffer.from(body, 'base64') });
    console.log(answer.status);`;
  const args = ['--input-type=module', '-e', program, JSON.stringify([url, pairs, body?.toString('base64') ?? ''])];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { NODE_EXTRA_CA_CERTS: caFile } });
  return Number(stdout);
}

describe('the page', () => {
  it('shows mails and never lets one be markup of the page', () =>
    withSink(async (part) => {
      await send(part, { to: 'ada@mail.example', subject: '<script>alert(1)</script>', html: '<img src=x onerror=alert(1)>' });
      const answer = await fetch(part.url);
      const list = await answer.text();
      expect(answer.headers.get('content-security-policy')).toMatch(
        /default-src 'none'.*script-src 'self'.*frame-ancestors 'none'/,
      );
      expect(list).toContain('1 mail, 0 pushes.');
      expect(list).toContain('&lt;script&gt;alert(1)');
      expect(list).not.toContain('<script>alert');

      const path = /href="(\/mails\/[^"]+)"/.exec(list)?.[1] ?? '';
      const shown = await (await fetch(`${part.url}${path}`)).text();
      expect(shown).toMatch(/<iframe[^>]+sandbox="allow-popups allow-popups-to-escape-sandbox"/s);
      expect(shown).not.toContain('<img');
      const framed = await fetch(`${part.url}${path}/html`);
      expect(framed.headers.get('content-security-policy')).toMatch(/script-src 'none'.*sandbox allow-popups/);
      expect((await fetch(`${part.url}/mails/nowhere`)).status).toBe(404);
    }));
});
