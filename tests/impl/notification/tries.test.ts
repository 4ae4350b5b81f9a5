/** What a try came to, how long the next one waits, and when none is made. */
import { describe, expect, it } from '@jest/globals';
import { openGate } from '../../../impl/notification/gate.ts';
import { attemptsMax, pauseMs, retryMs, unreachedMs } from '../../../impl/notification/retry.ts';
import { type SmtpError, triedOf } from '../../../impl/notification/channel/email/smtp.ts';
import { answerOf, together } from '../../../impl/notification/channel/push/web-push.ts';

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

describe('a push answer', () => {
  it.each([
    [201, 'sent'],
    [400, 'refused'],
    [307, 'refused'],
    [403, 'refused'],
    [404, 'gone'],
    [410, 'gone'],
    [413, 'refused'],
    [429, 'later'],
    [500, 'later'],
  ])('%i is %s', (status, type) => expect(answerOf(status, null).type).toBe(type));

  it('waits as it is told, within an hour', () => {
    expect(answerOf(429, '7')).toMatchObject({ afterMs: 7_000 });
    expect(answerOf(503, '999999')).toMatchObject({ afterMs: 3_600_000 });
    expect(answerOf(503, 'Fri, 20 Dec 2030 23:59:00 GMT')).toMatchObject({ afterMs: 0 });
  });

  it('is the best of all browsers', () => {
    const [sent, later, gone, refused] = [201, 503, 410, 400].map((status) => answerOf(status, null)) as [
      never,
      never,
      never,
      never,
    ];
    expect(together([gone, later, sent, refused]).type).toBe('sent');
    expect(together([gone, later, refused]).type).toBe('later');
    expect(together([gone, refused]).type).toBe('refused');
    expect(together([gone])).toMatchObject({ type: 'refused', reason: expect.stringMatching(/^PUSH_410/) });
    expect(together([])).toMatchObject({ type: 'refused', reason: expect.stringMatching(/^NO_ADDRESS/) });
  });
});

describe('the next try', () => {
  it('waits longer each time, and in all for longer than a greylisting server wants', () => {
    const waits = Array.from({ length: attemptsMax - 1 }, (_, at) => retryMs(at + 1, 0.5));
    expect(waits).toEqual([2_000, 10_000, 50_000, 250_000, 1_250_000]);
    expect(retryMs(1, 0)).toBe(1_500);
    expect(retryMs(1, 1)).toBe(2_500);
    expect(retryMs(50, 0.5)).toBe(1_800_000);
  });

  it('of what reached nobody comes after a second at first, and each minute in the end', () => {
    expect([0, 20_000, 86_400_000].map((ageMs) => unreachedMs(ageMs, 0.5))).toEqual([1_000, 5_000, 60_000]);
    expect([1, 2, 7, 50].map((failures) => pauseMs(failures, 0.5))).toEqual([500, 1_000, 30_000, 30_000]);
  });
});

describe('the gate', () => {
  it('closes when nobody was reached, lets one ask, and opens when it reached somebody', () => {
    let nowMs = 0;
    const gate = openGate(
      { sendsMax: 12, closes: true },
      () => nowMs,
      () => 0.5,
    );
    expect(gate.room()).toBe(12);
    for (let sends = 0; sends < 12; sends++) gate.saw(false); // one outage, seen by all that were under way
    expect(gate.room()).toBe(0);
    nowMs = 499;
    expect(gate.room()).toBe(0);
    nowMs = 500;
    expect(gate.room()).toBe(1);
    gate.saw(false);
    nowMs = 1_499;
    expect(gate.room()).toBe(0);
    nowMs = 1_500;
    expect(gate.room()).toBe(1);
    gate.saw(true);
    expect(gate.room()).toBe(12);
  });

  it('stays open where there is no one server', () => {
    const gate = openGate({ sendsMax: 24, closes: false });
    gate.saw(false);
    expect(gate.room()).toBe(24);
  });
});
