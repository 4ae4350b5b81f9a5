/** The key of FR-010, for any user id an identity provider may come up with. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { conversationKey, sessionIdOf } from '../../../../impl/backend/chat/conversation-key.ts';

const session = '2f1c9a30-6b7e-4c1d-9a55-0d6f3c8e7b21';

describe('conversation key', () => {
  it.each([
    ['alice', 'conversation:alice:'],
    ['alice@example.com', 'conversation:alice@example.com:'],
    ['auth0|5f7c', 'conversation:auth0%7C5f7c:'],
    ['a||b', 'conversation:a%7C%7Cb:'],
    ['a:b', 'conversation:a%3Ab:'],
    ['a%3Ab', 'conversation:a%253Ab:'],
    ['ä/ö 𝄞', 'conversation:%C3%A4%2F%C3%B6%20%F0%9D%84%9E:'],
  ])('%s', (userId, before) => {
    expect(conversationKey(userId, session)).toBe(`${before}${session}`);
  });

  it('is never shared by two users, and never holds what Dapr refuses', () => {
    const userId = fc.string({ unit: fc.constantFrom('a', ':', '|', '%', '3', 'A', '/', ' ', 'ü'), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(userId, userId, (one, other) => {
        expect(conversationKey(one, session) === conversationKey(other, session)).toBe(one === other);
        expect(conversationKey(one, session)).toMatch(/^conversation:[^:|]+:[^:|]+$/);
      }),
    );
  });

  it.each([
    [session, session],
    [session.toUpperCase(), session],
    ['1', null],
    [`${session}0`, null],
    [` ${session}`, null],
    ['', null],
  ])('session id %j: %j', (text, id) => {
    expect(sessionIdOf(text)).toBe(id);
  });
});
