import { Writable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { AxiosError, AxiosHeaders } from 'axios';
import { pino } from 'pino';
import { saidBy } from '#kit/log.ts';

const secret = 'Bearer eyJhbGciOi.secret.of-a-user';

/** As axios throws it: with the request it failed to make. */
function axiosError(): AxiosError {
  const headers = new AxiosHeaders({ authorization: secret, 'dapr-api-token': secret });
  return new AxiosError('socket hang up', 'ECONNRESET', { headers, data: secret, url: '/x' } as never, { _header: secret });
}

/** What a line of the log says of it. */
function lineOf(err: unknown): string {
  let line = '';
  const into = new Writable({ write: (text, _encoding, done) => ((line += String(text)), done()) });
  pino({ serializers: { err: saidBy } }, into).error({ err }, 'broke');
  return line;
}

const wrapped = Object.assign(new Error('publishing failed', { cause: axiosError() }), { request: { headers: { secret } } });

test.each<[string, unknown]>([
  ['an error of a library', axiosError()],
  ['one that has it as its cause', wrapped],
  ['one that stands for several', new AggregateError([axiosError(), wrapped, { secret }], 'all failed')],
  ['something thrown that is no error', { headers: { authorization: secret } }],
])('%s: its words and its code, and no secret it carries', (_title, err) => {
  expect(lineOf(err)).not.toContain('secret');
});

test('what was said is kept, with causes and codes', () => {
  expect(saidBy(wrapped)).toMatchObject({ type: 'Error', message: 'publishing failed: socket hang up' });
  expect(saidBy(axiosError())).toMatchObject({ type: 'AxiosError', message: 'socket hang up', code: 'ECONNRESET' });
  expect(saidBy(new AggregateError([axiosError()], 'all failed'))).toMatchObject({ errors: [{ code: 'ECONNRESET' }] });
  expect(saidBy('just a word')).toBe('just a word');
});
