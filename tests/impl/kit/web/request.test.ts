import { describe, expect, it } from '@jest/globals';
import type { AppError } from '#kit/web/errors.ts';
import { type Call, limitOf, queryOf, refuseValue, rowIdOf } from '#kit/web/request.ts';

const call = (given: { readonly id?: string; readonly query?: object }) =>
  ({ params: { user_id: 'u', id: given.id }, query: given.query ?? {} }) as unknown as Call;
const refusalOf = (read: () => unknown): unknown => {
  try {
    return read();
  } catch (error) {
    const { code, message, errors } = error as AppError;
    return { code, message, errors };
  }
};

describe('what is read of a request', () => {
  it.each(['0', '-1', '01', '1e3', '2147483648', '99999999999', '1.0', ''])('id %s names nothing', (id) => {
    expect(refusalOf(() => rowIdOf(call({ id }), 'TASK_NOT_FOUND'))).toMatchObject({ code: 'TASK_NOT_FOUND' });
  });

  it('takes every id that a row can have', () => {
    expect([rowIdOf(call({ id: '1' }), 'TASK_NOT_FOUND'), rowIdOf(call({ id: '2147483647' }), 'TASK_NOT_FOUND')]).toEqual([
      1, 2_147_483_647,
    ]);
  });

  it('knows the names of a query, each once', () => {
    expect(queryOf(call({ query: { limit: '3' } }), ['limit'])).toEqual({ limit: '3' });
    const told = (query: object) => refusalOf(() => queryOf(call({ query }), ['limit', 'cursor']));
    expect(told({ limits: '3' })).toMatchObject({
      code: 'INVALID_INPUT',
      message: 'The query takes limit, cursor; "limits" is none of these',
    });
    expect(told({ limit: ['3', '4'] })).toMatchObject({ code: 'INVALID_INPUT', message: 'limit may be given once' });
    expect(told({ cursor: 'a\0' })).toMatchObject({
      code: 'INVALID_INPUT',
      message: 'cursor must be well-formed text without NUL',
    });
  });

  it.each(['0', '101', '-1', '1.5', '', '1e1', '99999999999'])('limit %s is none', (text) => {
    expect(refusalOf(() => limitOf(text))).toMatchObject({
      code: 'INVALID_INPUT',
      message: 'limit is a whole number from 1 to 100',
    });
  });

  it('gives twenty rows to who asks for no number', () => {
    expect([limitOf(undefined), limitOf('1'), limitOf('100')]).toEqual([20, 1, 100]);
  });

  it('points at the value that can not be used', () => {
    expect(refusalOf(() => refuseValue('/email', 'must be an address'))).toEqual({
      code: 'INVALID_INPUT',
      message: 'The request does not match its schema',
      errors: [{ pointer: '/email', message: 'must be an address' }],
    });
  });
});
