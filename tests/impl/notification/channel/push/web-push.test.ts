import { describe, expect, it } from '@jest/globals';
import { answerOf, together } from '../../../../../impl/notification/channel/push/web-push.ts';

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
    expect(together([gone, later, sent, refused])?.type).toBe('sent');
    expect(together([gone, later, refused])?.type).toBe('later');
    expect(together([gone, refused])?.type).toBe('refused');
    expect(together([gone])).toMatchObject({ type: 'refused', reason: expect.stringMatching(/^PUSH_410/) });
    expect(together([])).toBeUndefined();
  });
});
