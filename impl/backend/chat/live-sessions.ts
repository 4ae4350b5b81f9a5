/**
 * What this replica has in memory of conversations: a copy of those it saw lately, so that they go on when the store dies
 * in the middle of them, and whatever is not in the store yet. Copies may go at any time; what is unsaved may not.
 */
import type { ConversationState } from '#contracts/types.ts';
import { AppError } from '#kit/web/errors.ts';
import { conversationKey } from './conversation-key.ts';
import { emptyConversation, type Turn, withTurns } from './conversation.ts';

export interface LiveSession {
  readonly key: string;
  readonly userId: string;
  readonly sessionId: string;
  /** As it was last read or saved; null: never seen. */
  known: ConversationState | null;
  /** Of `known` in the store; null: nothing is there; undefined: read before you save. */
  etag: string | null | undefined;
  /** Rises with each save: a read that began before it is older than what is known. */
  saves: number;
  /** Oldest first. May be in the store all the same, when a save was given up on. */
  unsaved: Turn[];
  /** Made while the store was away: to be saved even when nothing was said. */
  isNew: boolean;
  /** Stays for a while: neither a request that is under way nor a late save may bring it back. */
  isDeleted: boolean;
  /** Deleted here, and perhaps not in the store. */
  mustErase: boolean;
  /** The one save that is under way. */
  saving: Promise<'saved' | 'conflict' | 'away'> | null;
  /** By the id of the question: a repeated request waits for the first one's answer. */
  readonly answering: Map<string, Promise<Turn>>;
  touchedAt: number;
}

export interface LiveSessions {
  /** The one of this user and id; a blank one when there is none. */
  of(userId: string, sessionId: string): LiveSession;
  /** Throws when no more may be kept unsaved: asked before anything is done for the user that could not be told then. */
  ensureRoom(live: LiveSession): void;
  unsettled(): LiveSession[];
  /** Lets go of copies nobody asked for lately, and of what the store would have let go of as well. */
  sweep(): { readonly turnsLost: number };
}

export interface Bounds {
  readonly sessionsMax: number;
  /** Of one user, so that nobody takes all of them. */
  readonly sessionsPerUserMax: number;
  /** Of one session, while the store is away. */
  readonly unsavedTurnsMax: number;
  readonly unsavedBytesMax: number;
  readonly copyMs: number;
  readonly unsavedMs: number;
}

export const isUnsettled = (live: LiveSession): boolean => live.unsaved.length > 0 || live.isNew || live.mustErase;

/** The conversation as its user knows it: what is known, and what is not saved yet. */
export const viewOf = (live: LiveSession): ConversationState =>
  withTurns(
    live.known ?? emptyConversation(live.userId, live.sessionId, live.unsaved[0]?.question.timestamp ?? new Date().toISOString()),
    live.unsaved,
  );

export function openLiveSessions(bounds: Bounds): LiveSessions {
  /** In the order in which they were last asked for. */
  const sessions = new Map<string, LiveSession>();

  /** Whoever has many gives one of his own. */
  function makeRoom(userId: string): void {
    const own = [...sessions.values()].filter((live) => live.userId === userId);
    const crowd =
      own.length >= bounds.sessionsPerUserMax ? own : sessions.size >= bounds.sessionsMax ? [...sessions.values()] : [];
    if (crowd.length === 0) return;
    const settled = crowd.find((live) => !isUnsettled(live) && live.answering.size === 0);
    if (!settled) throw full();
    sessions.delete(settled.key);
  }

  return {
    of(userId, sessionId) {
      const key = conversationKey(userId, sessionId);
      let live = sessions.get(key);
      if (live) sessions.delete(key);
      else {
        makeRoom(userId);
        live = blank(key, userId, sessionId);
      }
      live.touchedAt = performance.now();
      sessions.set(key, live);
      return live;
    },
    ensureRoom(live) {
      const bytes = [...sessions.values()].reduce((sum, each) => sum + bytesOf(each.unsaved), 0);
      if (live.unsaved.length >= bounds.unsavedTurnsMax || bytes >= bounds.unsavedBytesMax) throw full();
    },
    unsettled: () => [...sessions.values()].filter(isUnsettled),
    sweep() {
      let turnsLost = 0;
      for (const live of sessions.values()) {
        const idleMs = performance.now() - live.touchedAt;
        if (live.answering.size > 0 || idleMs <= (isUnsettled(live) ? bounds.unsavedMs : bounds.copyMs)) continue;
        turnsLost += live.unsaved.length;
        sessions.delete(live.key);
      }
      return { turnsLost };
    },
  };
}

const blank = (key: string, userId: string, sessionId: string): LiveSession => ({
  key,
  userId,
  sessionId,
  known: null,
  etag: undefined,
  saves: 0,
  unsaved: [],
  isNew: false,
  isDeleted: false,
  mustErase: false,
  saving: null,
  answering: new Map(),
  touchedAt: performance.now(),
});

const bytesOf = (turns: readonly Turn[]): number =>
  turns.reduce((sum, { question, answer }) => sum + 2 * (question.content.length + answer.content.length), 0);

/** Refusing is better than forgetting: what was answered is kept. */
const full = (): AppError =>
  new AppError(
    'STORE_UNAVAILABLE',
    'The conversation store is away, and this replica holds all it can in memory: try again later',
  );
