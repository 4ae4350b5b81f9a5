/**
 * Conversations in the sidecar's state store, each call with a deadline of its own. It remembers whether the store
 * answered lately, so that an outage costs a request now and then a moment, and not every request its whole deadline.
 */
import type { Logger } from 'pino';
import type { ConversationState } from '#contracts/types.ts';
import { fieldErrors, schemaAt } from '#kit/schemas.ts';
import type { Outcome, Sidecar } from '#kit/sidecar/sidecar.ts';

export type StateCalls = Pick<Sidecar, 'getState' | 'saveState' | 'deleteState'>;

/** What is under a key: nothing at all, or something with an etag. */
export interface Found {
  readonly state: ConversationState | null;
  readonly etag: string | null;
}

export interface ConversationStore {
  /** False for a moment after the store did not answer. */
  readonly isWorthTrying: boolean;
  read(key: string, deadlineMs: number): Promise<Found | 'away'>;
  /**
   * Only over what was read; null: only where nothing is. `conflict`: read again. `landed` resolves when nothing more can
   * come of the call, which may be long after its deadline.
   */
  save(key: string, state: ConversationState, etag: string | null, deadlineMs: number): SaveAttempt;
  remove(key: string, deadlineMs: number): Promise<'removed' | 'away'>;
}

export interface SaveAttempt {
  readonly outcome: Promise<'saved' | 'conflict' | 'away'>;
  readonly landed: Promise<unknown>;
}

const store = 'statestore';
/** An hour after the last word a conversation is over. */
export const ttlS = 3_600;
const awayMs = 1_000;

export function openConversationStore(sidecar: StateCalls, log: Logger): ConversationStore {
  const isConversation = schemaAt<ConversationState>('state/conversation.json');
  let tryAgainAt = 0;

  function away(what: string, outcome: Outcome<unknown>): 'away' {
    const because = outcome.type === 'fail' ? outcome.code : outcome.type === 'unsure' ? outcome.cause.message : '';
    if (tryAgainAt === 0) log.warn({ what, because }, 'conversation store is away: answering from memory');
    tryAgainAt = performance.now() + awayMs;
    return 'away';
  }

  function back(): void {
    if (tryAgainAt !== 0) log.info('conversation store is back');
    tryAgainAt = 0;
  }

  return {
    get isWorthTrying() {
      return performance.now() >= tryAgainAt;
    },
    async read(key, deadlineMs) {
      const outcome = await within(deadlineMs, sidecar.getState<ConversationState>(store, key));
      if (outcome.type !== 'ok') return away('read', outcome);
      back();
      if (outcome.value === null) return { state: null, etag: null };
      const { value, etag } = outcome.value;
      if (isConversation(value)) return { state: value, etag };
      // Nobody else writes there. It counts as missing, and its etag lets it be written over.
      log.error({ key, errors: fieldErrors(isConversation.errors) }, 'stored conversation does not match its schema');
      return { state: null, etag };
    },
    save(key, state, etag, deadlineMs) {
      const landed = sidecar.saveState(store, key, state, { etag, ttlS });
      return {
        landed,
        outcome: within(deadlineMs, landed).then((outcome) => {
          if (outcome.type === 'ok') {
            back();
            return 'saved';
          }
          return outcome.type === 'fail' && outcome.code === 'STATE_CONFLICT' ? 'conflict' : away('save', outcome);
        }),
      };
    },
    async remove(key, deadlineMs) {
      const outcome = await within(deadlineMs, sidecar.deleteState(store, key));
      if (outcome.type !== 'ok') return away('remove', outcome);
      back();
      return 'removed';
    },
  };
}

/** The sidecar client has a deadline too, but a longer one: it serves callers that have more time. */
async function within<T>(ms: number, call: Promise<Outcome<T>>): Promise<Outcome<T>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Outcome<T>>((done) => {
    timer = setTimeout(() => done({ type: 'unsure', cause: new Error(`no answer in ${ms} ms`) }), ms);
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}
