import { describe, expect, it } from '@jest/globals';
import { AppError, appErrorOf, problemOf } from '#kit/web/errors.ts';
import { schemaAt } from '#kit/schemas.ts';

describe('errors', () => {
  it.each([
    [Object.assign(new Error('invalid byte sequence'), { code: '22021' }), 'VALUE_OUT_OF_RANGE', 422],
    [Object.assign(new Error('cannot connect now'), { code: '57P03' }), 'STORE_UNAVAILABLE', 503],
    [Object.assign(new Error('closed'), { code: 'CONNECTION_CLOSED' }), 'STORE_UNAVAILABLE', 503],
    [Object.assign(new Error('entity too large'), { status: 413 }), 'BODY_TOO_LARGE', 413],
    [new TypeError('x is undefined'), 'INTERNAL', 500],
    [undefined, 'INTERNAL', 500],
  ])('%s is %s', (thrown, code, status) => {
    expect(appErrorOf(thrown)).toMatchObject({ code, status });
  });

  it('keep the text of what broke out of the answer', () => {
    expect(JSON.stringify(problemOf(appErrorOf(new Error('password=hunter2')), 'r', '/'))).not.toContain('hunter2');
  });

  it.each(['/api/u/tasks', '/api/%zz', '/api/"<>', '/api/\u00e9'])(
    'are RFC 9457 problems, whatever path was asked for: %s',
    (path) => {
      const contract = schemaAt('http/problem.json');
      const problem = problemOf(
        new AppError('INVALID_INPUT', undefined, [{ pointer: '/title', message: 'must be string' }]),
        'r',
        path,
      );
      expect([contract(problem), contract.errors]).toEqual([true, null]);
    },
  );
});
