/** E-mail, through one SMTP server and a bounded pool of connections to it. */
import { createTransport } from 'nodemailer';
import type { Postgres } from '#kit/postgres.ts';
import type { Sender, Tried } from '../channel.ts';
import { addressOf } from './address.ts';
import { mailOf, type MailOptions } from './mail.ts';

export interface SmtpOptions extends MailOptions {
  readonly postgres: Postgres;
  /** May hold a password: never logged. */
  readonly url: string;
  /** The reason of a delivery whose user has taken the address away. */
  readonly noAddress: string;
}

/** Side by side, each with a connection of its own. */
export const sendsMax = 12;
const connectMsMax = 5_000;
/** Between two signs of life of a server that has begun to talk. */
const silenceMsMax = 30_000;

export function openSmtp({ postgres, url, noAddress, ...options }: SmtpOptions): Sender {
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: sendsMax,
    // One owner per retry: the lane.
    maxRequeues: 0,
    connectionTimeout: connectMsMax,
    greetingTimeout: connectMsMax,
    dnsTimeout: connectMsMax,
    socketTimeout: silenceMsMax,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send(delivery, signal) {
      const address = await addressOf(postgres.sql, delivery.userId);
      if (address === null) return { type: 'refused', reason: noAddress };
      try {
        await transport.sendMail({ ...mailOf(delivery, address, options), signal });
        return { type: 'sent' };
      } catch (error) {
        return triedOf(error as SmtpError);
      }
    },
    close: () => transport.close({ force: true }),
  };
}

/** As nodemailer describes what went wrong. */
export interface SmtpError extends Error {
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
  readonly originalCode?: string;
  readonly timeoutType?: string;
}

/** Before the server took notice of a message. EAUTH: it does not want us, which is no fault of the message. */
const neverBegan = new Set(['EDNS', 'ETLS', 'EREQUIRETLS', 'EAUTH', 'ENOAUTH', 'EOAUTH2', 'EPROXY', 'ECONFIG']);
const noConnection = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN']);
const noAnswer = new Set(['CONNECT_TIMEOUT', 'GREETING_TIMEOUT']);
/** "Authentication required", "too weak", "encryption required": about us, whichever command it answers. */
const aboutUs = new Set([530, 534, 535, 538]);
/** What the server says before there is a message. */
const beforeMessage = new Set(['CONN', 'EHLO', 'HELO', 'STARTTLS']);

export function triedOf(error: SmtpError): Tried {
  const { code = '', command, responseCode } = error;
  const reason = `SMTP_${responseCode ?? (code || 'BROKEN')}: ${error.message}`;
  const unreached =
    neverBegan.has(code) ||
    noConnection.has(error.originalCode ?? code) ||
    noAnswer.has(error.timeoutType ?? '') ||
    // Closed before its greeting, or a greeting that says no.
    (code === 'ECONNECTION' && command === undefined) ||
    (responseCode !== undefined && (aboutUs.has(responseCode) || (command !== undefined && beforeMessage.has(command))));
  if (unreached) return { type: 'unreached', reason };
  // 503: our commands were out of order for it, which a new connection cures.
  if (responseCode !== undefined && responseCode >= 500 && responseCode !== 503) return { type: 'refused', reason };
  // nodemailer itself refuses an address it can't send to.
  if (code === 'EENVELOPE' && responseCode === undefined) return { type: 'refused', reason };
  return { type: 'later', reason };
}
