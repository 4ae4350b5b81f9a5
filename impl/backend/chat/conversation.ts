/**
 * A conversation as a value: taking turns in, in any order and any number of times, and keeping it small. Two replicas
 * that take in the same turns arrive at the same messages, which is what makes saving again after an outage safe.
 */
import type { ConversationState } from '#contracts/types.ts';

export type ChatMessage = ConversationState['messages'][number];
export type ConversationContext = ConversationState['context'];

/** What an answer changes besides the messages; a field that is left out stays as it was. */
export interface ContextChanges {
  /** Tasks the answer was about, the most important first. */
  readonly taskIds: readonly number[];
  readonly listedIds?: readonly number[];
  readonly asked?: ConversationContext['asked'];
  readonly preferences?: ConversationContext['preferences'];
}

/** A question and its answer: saved together or not at all. */
export interface Turn {
  readonly question: ChatMessage;
  readonly answer: ChatMessage;
  readonly changes: ContextChanges;
}

export const messagesMax = 50;
/** Of all messages together; below what one Redis value or one sidecar call takes without notice. */
const messageBytesMax = 128 * 1024;
const summaryCharsMax = 2_000;
const summarisedCharsMax = 80;
const taskIdsMax = 20;

export function emptyConversation(
  userId: string,
  sessionId: string,
  at: string,
  preferences: ConversationContext['preferences'] = {},
): ConversationState {
  return {
    user_id: userId,
    session_id: sessionId,
    messages: [],
    context: { task_ids: [], preferences },
    created_at: at,
    updated_at: at,
  };
}

/** Takes in what is not there yet. Messages are ordered by time, whenever they arrive. */
export function withTurns(state: ConversationState, turns: readonly Turn[]): ConversationState {
  const missing = turns.filter((turn) => !holds(state, turn)).sort((a, b) => byTime(a.question, b.question));
  if (missing.length === 0) return state;
  const messages = [...state.messages, ...missing.flatMap(({ question, answer }) => [question, answer])].sort(byTime);
  const context = missing.reduce((before, { changes }) => changed(before, changes), state.context);
  const newest = messages.at(-1)?.timestamp ?? state.updated_at;
  return bounded({ ...state, messages, context, updated_at: newest > state.updated_at ? newest : state.updated_at });
}

/** A turn from before the newest message that fell off is too old to be kept: it was there, or would fall off at once. */
export function holds(state: ConversationState, turn: Turn): boolean {
  const until = state.context.summarised_until;
  return (
    state.messages.some((message) => message.id === turn.answer.id) || (until !== undefined && turn.question.timestamp <= until)
  );
}

/** Strictly after everything said so far: clocks of replicas differ, and a question must not overtake the answer before it. */
export function timeAfter(state: ConversationState, nowMs: number): string {
  const last = state.messages.at(-1)?.timestamp ?? state.context.summarised_until;
  return new Date(last === undefined ? nowMs : Math.max(nowMs, Date.parse(last) + 1)).toISOString();
}

/** Times are all `toISOString`, so text order is time order; ids only break ties, the same way everywhere. */
function byTime(a: ChatMessage, b: ChatMessage): number {
  if (a.timestamp !== b.timestamp) return a.timestamp < b.timestamp ? -1 : 1;
  return a.id < b.id ? -1 : Number(a.id > b.id);
}

function changed(context: ConversationContext, changes: ContextChanges): ConversationContext {
  return {
    ...context,
    task_ids: [...new Set([...changes.taskIds, ...context.task_ids])].slice(0, taskIdsMax),
    ...(changes.listedIds && { listed_ids: [...changes.listedIds] }),
    ...(changes.asked !== undefined && { asked: changes.asked }),
    ...(changes.preferences && { preferences: { ...context.preferences, ...changes.preferences } }),
  };
}

function bounded(state: ConversationState): ConversationState {
  const kept = newestThatFit(state.messages);
  const fallen = state.messages.slice(0, state.messages.length - kept);
  const newestFallen = fallen.at(-1);
  if (newestFallen === undefined) return state;
  const { summary = '', summarised_count: count = 0 } = state.context;
  return {
    ...state,
    messages: state.messages.slice(fallen.length),
    context: {
      ...state.context,
      summary: shortSummary(summary, fallen),
      summarised_count: count + fallen.length,
      summarised_until: newestFallen.timestamp,
    },
  };
}

/** How many of the newest messages may stay; the last question and its answer always do. */
function newestThatFit(messages: readonly ChatMessage[]): number {
  let bytes = 0;
  let kept = 0;
  for (const message of messages.toReversed()) {
    bytes += Buffer.byteLength(JSON.stringify(message));
    if (kept === messagesMax || (kept >= 2 && bytes > messageBytesMax)) break;
    kept += 1;
  }
  return kept;
}

/** The beginning of each message that fell off; when that gets long, the oldest beginnings go. */
function shortSummary(before: string, fallen: readonly ChatMessage[]): string {
  const lines = fallen.map(({ role, content }) => `${role}: ${oneLine(content)}`);
  const all = [...before.split('\n'), ...lines].filter((line) => line !== '');
  let chars = 0;
  const kept = all.toReversed().filter((line) => (chars += line.length + 1) <= summaryCharsMax);
  return kept.reverse().join('\n');
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  // By code points: half of a surrogate pair is no text.
  const points = [...line];
  return points.length <= summarisedCharsMax ? line : `${points.slice(0, summarisedCharsMax - 1).join('')}…`;
}
