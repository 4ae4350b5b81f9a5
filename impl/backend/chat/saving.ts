/**
 * Brings what this replica holds of a conversation into the store: read, take in, save if nobody was faster, else again.
 * One save of a session at a time, and it takes all its unsaved turns along, so parallel messages do not fight each other.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { holds } from './conversation.ts';
import type { ConversationStore, Found } from './conversation-store.ts';
import { isUnsettled, type LiveSession, viewOf } from './live-sessions.ts';

const attemptsMax = 12;

export interface Saving {
  /** True: the store answered, and `live` is as the store has it. */
  refresh(live: LiveSession, deadlineMs: number): Promise<boolean>;
  /** True: within the deadline nothing of it was unsaved any more. */
  settle(live: LiveSession, deadlineMs: number): Promise<boolean>;
}

/** `onUnsettled`: something has to be done again later, although nobody waits for it. */
export function openSaving(store: ConversationStore, onUnsettled: () => void): Saving {
  async function refresh(live: LiveSession, deadlineMs: number): Promise<boolean> {
    const savesBefore = live.saves;
    const found = await store.read(live.key, deadlineMs);
    if (found === 'away') return false;
    if (live.saves === savesBefore) adopt(live, found);
    return true;
  }

  async function settle(live: LiveSession, deadlineMs: number): Promise<boolean> {
    const giveUpAt = performance.now() + deadlineMs;
    for (let attempt = 0; attempt < attemptsMax && isUnsettled(live); attempt += 1) {
      const leftMs = giveUpAt - performance.now();
      if (leftMs <= 0) return false;
      live.saving ??= step(live, leftMs).finally(() => {
        live.saving = null;
      });
      // Somebody else's save may have more time than we do.
      const outcome = await Promise.race([live.saving, pause(leftMs, 'away' as const, { ref: false })]);
      if (outcome === 'away') return false;
      // Two replicas at the same session: apart from each other, one of them gets through.
      if (outcome === 'conflict') await pause(Math.random() * 10 * (attempt + 1));
    }
    return !isUnsettled(live);
  }

  async function step(live: LiveSession, deadlineMs: number): Promise<'saved' | 'conflict' | 'away'> {
    if (live.mustErase) return erase(live, deadlineMs);
    const giveUpAt = performance.now() + deadlineMs;
    if (live.etag === undefined && !(await refresh(live, deadlineMs))) return 'away';
    // A save that was given up on may have landed.
    const { known } = live;
    if (known && live.etag !== null) {
      live.unsaved = live.unsaved.filter((turn) => !holds(known, turn));
      live.isNew = false;
    }
    if (!isUnsettled(live)) return 'saved';
    const turns = [...live.unsaved];
    const next = viewOf(live);
    const etag = live.etag ?? null;
    live.etag = undefined;
    const { outcome, landed } = store.save(live.key, next, etag, Math.max(1, giveUpAt - performance.now()));
    void landed.then(() => eraseAgain(live));
    const saved = await outcome;
    if (saved === 'saved' && !live.isDeleted) {
      live.known = next;
      live.isNew = false;
      live.unsaved = live.unsaved.filter((turn) => !turns.includes(turn));
      live.saves += 1;
    }
    return saved;
  }

  async function erase(live: LiveSession, deadlineMs: number): Promise<'saved' | 'away'> {
    if ((await store.remove(live.key, deadlineMs)) === 'away') return 'away';
    live.mustErase = false;
    return 'saved';
  }

  /** On Redis a save with an etag succeeds on a key that was deleted meanwhile. */
  function eraseAgain(live: LiveSession): void {
    if (!live.isDeleted) return;
    live.mustErase = true;
    onUnsettled();
  }

  return { refresh, settle };
}

function adopt(live: LiveSession, { state, etag }: Found): void {
  if (live.isDeleted) return;
  // Gone from the store, yet there is more to save: what we remember goes along. Redis may have lost everything.
  if (state === null && isUnsettled(live)) live.etag = etag;
  else {
    live.known = state;
    live.etag = etag;
  }
}
