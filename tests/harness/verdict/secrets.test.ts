import { expect, it } from '@jest/globals';
import { secrets } from '../../../harness/verdict/secrets.ts';
import { mark } from './scene.ts';

const look = (detail: object) => ({
  ...mark(1, 'secrets-sought'),
  detail: { files: 2, lines: 90, secrets: ['app token'], told: 0, where: [], ...detail },
});

it('says nothing of a run in which nobody looked', () => {
  expect(secrets([])).toBeUndefined();
  expect(secrets(undefined)).toBeUndefined();
});

it('does not know when somebody was to look, something stood, and nobody did', () => {
  const staged = mark(0, 'staged');
  expect(secrets([staged], true)).toMatchObject({ verdict: 'unsure', because: 'nobody looked through the logs' });
  expect(secrets([], true)).toBeUndefined();
  expect(secrets([staged])).toBeUndefined();
  expect(secrets([staged, look({})], true)?.verdict).toBe('pass');
});

it('acquits logs that tell nothing', () => {
  expect(secrets([look({})])).toMatchObject({ verdict: 'pass', because: '90 lines of 2 logs hold none of 1 secret' });
});

it('convicts a log that tells one', () => {
  expect(secrets([look({ told: 3, where: ['logs/1/backend.log:2: app token'] })])).toMatchObject({
    verdict: 'fail',
    because: '3 lines of the logs tell a secret, first: logs/1/backend.log:2: app token',
  });
});

it.each([
  ['no log', { files: 0, lines: 0 }],
  ['no count', { told: null }],
  ['a number that is none', { told: -1 }],
  ['no list', { where: 'none' }],
])('does not know by %s', (_what, detail) => {
  expect(secrets([look(detail)])?.verdict).toBe('unsure');
});

it('does not know by two looks', () => {
  expect(secrets([look({ told: 3 }), look({})])?.verdict).toBe('unsure');
});
