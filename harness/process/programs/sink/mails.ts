/** The SMTP side: takes every mail, and does to some recipients what real servers do on bad days. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerAddress } from 'smtp-server';
import type { Kept } from './kept.ts';

export interface Mail {
  readonly id: string;
  /** As the sender wrote it, with its angle brackets; null when it wrote none. */
  readonly messageId: string | null;
  /** From the header, as people see it; the envelope's when there is no such header. */
  readonly from: string;
  /** Of the envelope: who was really meant to get it, blind copies too. */
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string | null;
  /** By lower-case name, undecoded; one that is repeated has a line for each. */
  readonly headers: Readonly<Record<string, string>>;
  readonly receivedAt: number;
}

export interface MailServer {
  listen(port: number): Promise<void>;
  close(): Promise<void>;
}

const mailBytesMax = 256 * 1024;
const clientsMax = 500;
const busyTimes = 2;
const slowMs = 20_000;

export function mailServer(mails: Kept<Mail>): MailServer {
  const closing = new AbortController();
  const attempts = new Map<string, number>();

  const server = new SMTPServer({
    name: 'sink.example',
    banner: 'Plumbline sink: takes mail and delivers none',
    // A relay in production asks for a name and a password; here any is right, and the line is loopback.
    authOptional: true,
    allowInsecureAuth: true,
    onAuth: (auth, _session, done) => done(null, { user: auth.username ?? 'anybody' }),
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    size: mailBytesMax,
    maxClients: clientsMax,
    closeTimeout: 500,
    onRcptTo({ address }, _session, done) {
      const to = address.toLowerCase();
      if (to.endsWith('@refused.example')) return done(refusal(550, 'No such mailbox here'));
      if (to.endsWith('@busy.example') && count(attempts, to) <= busyTimes) return done(refusal(451, 'Busy, try again later'));
      done();
    },
    onData(stream, session, done) {
      const { mailFrom, rcptTo } = session.envelope;
      const to = rcptTo.map(({ address }) => address);
      take(stream, mailFrom, to).then(async (mail) => {
        if (mail === undefined) return done(refusal(552, `Longer than ${mailBytesMax} bytes`));
        mails.add(mail);
        // It has the mail already: a client that gives up waiting does not know, and has to live with that.
        if (to.some((address) => address.toLowerCase().endsWith('@slow.example'))) await pause(slowMs, closing.signal);
        if (closing.signal.aborted) return done(refusal(421, 'Shutting down'));
        done();
      }, done);
    },
  });
  // A client that goes away in the middle is a story for its own log.
  server.on('error', (error) => process.stderr.write(`smtp: ${error.message}\n`));

  return {
    async listen(port) {
      server.listen(port, '127.0.0.1');
      await once(server.server, 'listening');
    },
    close() {
      closing.abort();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Undefined when it is too long; it is read to its end all the same, as SMTP wants. */
async function take(stream: Readable, from: false | SMTPServerAddress, to: string[]): Promise<Mail | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= mailBytesMax) chunks.push(chunk);
  }
  if (bytes > mailBytesMax) return undefined;
  const parsed = await simpleParser(Buffer.concat(chunks), { skipTextToHtml: true });
  return {
    id: randomUUID(),
    messageId: parsed.messageId ?? null,
    from: parsed.from?.text || (from ? from.address : ''),
    to,
    subject: parsed.subject ?? '',
    text: parsed.text ?? '',
    html: parsed.html || null,
    headers: headersOf(parsed),
    receivedAt: Date.now(),
  };
}

function headersOf({ headerLines }: ParsedMail): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const { key, line } of headerLines) {
    const value = line
      .slice(line.indexOf(':') + 1)
      .replace(/\r?\n\s+/g, ' ')
      .trim();
    headers[key] = Object.hasOwn(headers, key) ? `${headers[key]}\n${value}` : value;
  }
  return headers;
}

const refusal = (responseCode: number, words: string) => Object.assign(new Error(words), { responseCode });

/** How often that one has come by now; only the busy ones are counted, and tests name few. */
function count(attempts: Map<string, number>, who: string): number {
  const times = (attempts.get(who) ?? 0) + 1;
  attempts.set(who, times);
  return times;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
