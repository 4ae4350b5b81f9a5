import { describe, expect, it } from '@jest/globals';
import type { Problem } from '#contracts/types.ts';
import { problem as words } from './modules.ts';

const { fieldMessages, isUnsure, messageOf } = words;
const problem = (status: number, more: Partial<Problem> = {}): Problem => ({
  type: 'about:blank',
  title: 'Title',
  status,
  detail: 'the detail',
  ...more,
});

describe('an answer that is no success', () => {
  it('is unsure exactly when the change may have been made all the same', () => {
    const deadline = problem(503, { type: 'urn:problem:deadline-exceeded' });
    expect(isUnsure('POST', 503, deadline)).toBe(true);
    expect(isUnsure('POST', 504, problem(504, { type: 'urn:problem:backend-timeout' }))).toBe(true);
    expect(isUnsure('DELETE', 500, null)).toBe(true);
    expect(isUnsure('POST', 503, problem(503, { type: 'urn:problem:backend-unavailable' }))).toBe(false);
    expect(isUnsure('PATCH', 412, problem(412))).toBe(false);
    // Reading changes nothing, so nothing about it is in doubt.
    expect(isUnsure('GET', 504, deadline)).toBe(false);
  });

  it('never claims that nothing was saved when that is not known', () => {
    expect(messageOf({ type: 'unsure', status: 0, problem: null })).toMatch(/not known/);
    expect(messageOf({ type: 'unsure', status: 504, problem: problem(504) })).toMatch(/not known/);
  });

  it('says what the server said, as a sentence', () => {
    expect(messageOf({ type: 'fail', status: 400, problem: problem(400) })).toBe('The detail.');
    expect(messageOf({ type: 'fail', status: 503, problem: null })).toMatch(/server has a problem/);
    expect(messageOf({ type: 'fail', status: 0, problem: null })).toMatch(/can not be reached/);
    expect(messageOf({ type: 'ok', status: 200, value: null })).toBe('');
  });

  it('brings each complaint to its field, the first one of each', () => {
    const errors = [
      { pointer: '/title', message: 'must not be empty' },
      { pointer: '/tags/3', message: 'is too long' },
      { pointer: '/title', message: 'second' },
    ];
    expect(fieldMessages({ type: 'fail', status: 400, problem: problem(400, { errors }) })).toEqual({
      title: 'Must not be empty.',
      tags: 'Is too long.',
    });
    expect(fieldMessages({ type: 'fail', status: 500, problem: null })).toEqual({});
  });
});
