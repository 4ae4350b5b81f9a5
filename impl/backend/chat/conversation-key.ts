/** `conversation:{user_id}:{session_id}` (FR-010). */

const sessionIdPattern = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** In lower case, or null: what is no UUID can't be the id of a session. */
export function sessionIdOf(text: string): string | null {
  const id = text.toLowerCase();
  return sessionIdPattern.test(id) ? id : null;
}

/**
 * Ids of the usual identity providers stay readable. All else is percent-encoded: `|`, because Dapr refuses `||` in a key;
 * `:`, so that no user's id reads as another's id and session; `%`, so that nothing else encodes to the same.
 */
export const conversationKey = (userId: string, sessionId: string): string =>
  `conversation:${userId.replace(/[^\w.@+=~-]/gu, encodeURIComponent)}:${sessionId}`;
