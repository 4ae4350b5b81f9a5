/** What a failed try means for the mail: over, again later, or nothing at all. */
import { describe, expect, it } from '@jest/globals';
import { type SmtpError, triedOf } from '../../../../../impl/notification/channel/email/smtp.ts';

const smtp = (error: Partial<SmtpError>) => triedOf(Object.assign(new Error('x'), error)).type;

describe('an SMTP error', () => {
  it.each<[string, Partial<SmtpError>]>([
    ['no such mailbox', { code: 'EENVELOPE', command: 'RCPT TO', responseCode: 550 }],
    ['the message is refused', { code: 'EMESSAGE', command: 'DATA', responseCode: 554 }],
    ['an address that can not be sent to', { code: 'EENVELOPE', command: 'API' }],
  ])('is for good: %s', (_what, error) => expect(smtp(error)).toBe('refused'));

  it.each<[string, Partial<SmtpError>]>([
    ['greylisted', { code: 'EENVELOPE', command: 'RCPT TO', responseCode: 451 }],
    ['too many for this recipient', { code: 'EENVELOPE', command: 'RCPT TO', responseCode: 421 }],
    ['commands out of order', { code: 'EENVELOPE', command: 'MAIL FROM', responseCode: 503 }],
    ['silence after the greeting', { code: 'ETIMEDOUT', command: 'CONN', timeoutType: 'SOCKET_TIMEOUT' }],
    ['closed in the middle', { code: 'ECONNECTION', command: 'CONN' }],
    ['our deadline', { code: 'EABORT' }],
  ])('may heal: %s', (_what, error) => expect(smtp(error)).toBe('later'));

  it.each<[string, Partial<SmtpError>]>([
    ['refused connection', { code: 'ESOCKET', command: 'CONN', originalCode: 'ECONNREFUSED' }],
    ['no connection in time', { code: 'ETIMEDOUT', command: 'CONN', timeoutType: 'CONNECT_TIMEOUT' }],
    ['no greeting', { code: 'ETIMEDOUT', command: 'CONN', timeoutType: 'GREETING_TIMEOUT' }],
    ['a greeting that says no', { code: 'EPROTOCOL', command: 'CONN', responseCode: 554 }],
    ['no such host', { code: 'EDNS', command: 'CONN' }],
    ['our password is wrong', { code: 'EAUTH', command: 'AUTH PLAIN', responseCode: 535 }],
    ['we did not sign in', { code: 'EENVELOPE', command: 'MAIL FROM', responseCode: 530 }],
    ['closed before its greeting', { code: 'ECONNECTION' }],
  ])('says nothing about the mail: %s', (_what, error) => expect(smtp(error)).toBe('unreached'));
});
