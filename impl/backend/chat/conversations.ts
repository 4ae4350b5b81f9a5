/**
 * Conversations, whichever replica is asked: in the state store while it answers, in this replica's memory while it does
 * not, and merged back when it does again.
 */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { ConversationState } from '#contracts/types.ts';
import { AppError } from '#kit/web/errors.ts';
import type { Background } from '#kit/service.ts';
import { openSignal } from '#kit/signal.ts';
import { openConversationStore, type StateCalls, ttlS } from './conversation-store.ts';
import { type ContextChanges, emptyConversation, timeAfter, type Turn } from './conversation.ts';
import { isUnsettled, type LiveSession, openLiveSessions, viewOf } from './live-sessions.ts';
import { openSaving } from './saving.ts';

/** A conversation, and whether only this replica knows it as it is. */
export interface Seen {
  readonly state: ConversationState;
  readonly isDegraded: boolean;
}

export interface Question {
  /** The same id again gets the same answer. */
  readonly id: string;
  readonly answerId: string;
  readonly content: string;
}

export interface Reply extends ContextChanges {
  readonly text: string;
}

export interface Conversations {
  create(userId: string, preferences: ConversationState['context']['preferences']): Promise<Seen>;
  /** Throws SESSION_NOT_FOUND, as the others do. */
  read(userId: string, sessionId: string): Promise<Seen>;
  converse(
    userId: string,
    sessionId: string,
    question: Question,
    reply: (state: ConversationState) => Promise<Reply>,
  ): Promise<Seen & { readonly turn: Turn; readonly isReplayed: boolean }>;
  /** It is gone for its user at once; degraded: the store will follow. */
  remove(userId: string, sessionId: string): Promise<{ readonly isDegraded: boolean }>;
  readonly merging: Background;
}

/** Together well below the two seconds in which a user gets an answer, whatever the store does. */
const readMs = 600;
const saveMs = 800;
/** Nobody waits: a store that is merely slow gets its conversations too. */
const mergeMs = 3_000;
const mergeAgainMsMin = 200;
const mergeAgainMsMax = 5_000;
const idleMs = 60_000;
const bounds = {
  sessionsMax: 500,
  sessionsPerUserMax: 20,
  unsavedTurnsMax: 100,
  unsavedBytesMax: 32 * 1024 * 1024,
  copyMs: 600_000,
  unsavedMs: ttlS * 1_000,
};

export function openConversations({ sidecar, log }: { sidecar: StateCalls; log: Logger }): Conversations {
  const sessions = openLiveSessions(bounds);
  const unsettled = openSignal();
  const store = openConversationStore(sidecar, log);
  const saving = openSaving(store, unsettled.raise);

  /** True when the store has it all, within the time a user waits for. */
  async function settled(live: LiveSession, deadlineMs: number): Promise<boolean> {
    const done = store.isWorthTrying && (await saving.settle(live, deadlineMs));
    if (!done) unsettled.raise();
    return done;
  }

  /** As the store has it, or as remembered. True: as the store has it. */
  async function lookedUp(live: LiveSession): Promise<boolean> {
    if (live.isDeleted) throw notFound();
    const isFresh = store.isWorthTrying && (isUnsettled(live) ? await settled(live, saveMs) : await saving.refresh(live, readMs));
    if (live.isDeleted || (isFresh && live.known === null)) throw notFound();
    return isFresh;
  }

  async function answered(
    live: LiveSession,
    question: Question,
    reply: (state: ConversationState) => Promise<Reply>,
  ): Promise<Turn> {
    sessions.ensureRoom(live);
    const before = viewOf(live);
    const askedAt = timeAfter(before, Date.now());
    const { text, ...changes } = await reply(before);
    // Deleted while the answer was thought about.
    if (live.isDeleted) throw notFound();
    const answeredAt = new Date(Math.max(Date.now(), Date.parse(askedAt) + 1)).toISOString();
    const turn: Turn = {
      question: { id: question.id, role: 'user', content: question.content, timestamp: askedAt },
      answer: { id: question.answerId, role: 'assistant', content: text, timestamp: answeredAt, task_ids: [...changes.taskIds] },
      changes,
    };
    live.unsaved.push(turn);
    return turn;
  }

  return {
    async create(userId, preferences) {
      const live = sessions.of(userId, randomUUID());
      live.known = emptyConversation(userId, live.sessionId, new Date().toISOString(), preferences);
      live.etag = null;
      live.isNew = true;
      return { isDegraded: !(await settled(live, saveMs)), state: viewOf(live) };
    },
    async read(userId, sessionId) {
      const live = sessions.of(userId, sessionId);
      const isFresh = await lookedUp(live);
      // Never seen, and nobody to ask: this replica can't know whether it exists.
      if (!isFresh && live.known === null && !isUnsettled(live)) throw away();
      return { isDegraded: !isFresh, state: viewOf(live) };
    },
    async converse(userId, sessionId, question, reply) {
      const live = sessions.of(userId, sessionId);
      const underWay = live.answering.get(question.id);
      if (underWay) {
        const turn = await underWay;
        if (turn.question.content !== question.content) throw new AppError('IDEMPOTENCY_MISMATCH');
        return { turn, isReplayed: true, isDegraded: !(await settled(live, saveMs)), state: viewOf(live) };
      }
      const work = (async () => {
        const isFresh = await lookedUp(live);
        const earlier = turnIn(viewOf(live), question);
        return { isFresh, isReplayed: earlier !== null, turn: earlier ?? (await answered(live, question, reply)) };
      })();
      const answering = work.then(({ turn }) => turn);
      live.answering.set(question.id, answering);
      answering.catch(() => {});
      try {
        const { isFresh, isReplayed, turn } = await work;
        const isDegraded = !isFresh || !(await settled(live, saveMs));
        if (isDegraded) unsettled.raise();
        return { turn, isReplayed, isDegraded, state: viewOf(live) };
      } finally {
        live.answering.delete(question.id);
      }
    },
    async remove(userId, sessionId) {
      const live = sessions.of(userId, sessionId);
      Object.assign(live, { isDeleted: true, mustErase: true, isNew: false, unsaved: [], known: null, etag: undefined });
      return { isDegraded: !(await settled(live, saveMs)) };
    },
    merging: openMerging(),
  };

  /** Whatever was answered from memory goes into the store as soon as that answers again. */
  function openMerging(): Background {
    const stopped = openSignal();
    let isStopping = false;
    let loop: Promise<void> | undefined;

    async function mergeAll(deadlineMs: number): Promise<boolean> {
      const giveUpAt = performance.now() + deadlineMs;
      let isDone = true;
      for (const live of sessions.unsettled()) {
        const leftMs = Math.min(mergeMs, giveUpAt - performance.now());
        if (leftMs > 0 && (await saving.settle(live, leftMs))) continue;
        isDone = false;
        // One session alone must not hold up the others; the store being away does.
        if (leftMs <= 0 || !store.isWorthTrying) break;
      }
      return isDone;
    }

    async function run(): Promise<void> {
      let againMs = mergeAgainMsMin;
      while (!isStopping) {
        const { turnsLost } = sessions.sweep();
        if (turnsLost > 0) log.error({ turnsLost }, 'conversations expired before the store came back');
        if (await mergeAll(Number.POSITIVE_INFINITY)) {
          againMs = mergeAgainMsMin;
          await unsettled.wait(idleMs);
        } else {
          await stopped.wait(againMs);
          againMs = Math.min(againMs * 2, mergeAgainMsMax);
        }
      }
    }

    return {
      name: 'merging of conversations',
      async start() {
        loop = run();
      },
      async stop() {
        isStopping = true;
        stopped.raise();
        unsettled.raise();
        await loop;
        if (!(await mergeAll(mergeMs))) {
          const turns = sessions.unsettled().reduce((sum, live) => sum + live.unsaved.length, 0);
          log.error({ turns }, 'stopped while the conversation store is away: these turns are lost');
        }
      },
    };
  }
}

/** The answer given before to the same question. */
function turnIn({ messages }: ConversationState, { id, answerId, content }: Question): Turn | null {
  const question = messages.find((message) => message.id === id);
  const answer = messages.find((message) => message.id === answerId);
  if (!question || !answer) return null;
  if (question.content !== content) throw new AppError('IDEMPOTENCY_MISMATCH');
  return { question, answer, changes: { taskIds: answer.task_ids ?? [] } };
}

const notFound = (): AppError => new AppError('SESSION_NOT_FOUND');
const away = (): AppError =>
  new AppError(
    'STORE_UNAVAILABLE',
    'The conversation store is away, and this replica does not know the conversation: try again later',
  );
