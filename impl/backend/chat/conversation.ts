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
  const [late, kept] = [missing.filter((turn) => isPast(state, turn)), missing.filter((turn) => !isPast(state, turn))];
  const messages = [...state.messages, ...kept.flatMap(messagesOf)].sort(byTime);
  const context = told(missing.reduce(changed, state.context), late);
  const newest = messages.at(-1)?.timestamp ?? state.updated_at;
  return bounded({ ...state, messages, context, updated_at: newest > state.updated_at ? newest : state.updated_at });
}

/** As a message, or in the summary: there a turn of the very same words counts as this one. */
export function holds(state: ConversationState, turn: Turn): boolean {
  if (state.messages.some((message) => message.id === turn.answer.id)) return true;
  return isPast(state, turn) && `\n${state.context.summary ?? ''}\n`.includes(`\n${messagesOf(turn).map(lineOf).join('\n')}\n`);
}

const messagesOf = ({ question, answer }: Turn): ChatMessage[] => [question, answer];

/** From before the newest message that fell off: as a message it would fall off at once. */
function isPast({ context }: ConversationState, { question }: Turn): boolean {
  return context.summarised_until !== undefined && question.timestamp <= context.summarised_until;
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

/** By the time of the turns, not by that of their arrival: what was said elsewhere meanwhile is newer than what comes in late. */
function changed(context: ConversationContext, { answer, changes }: Turn): ConversationContext {
  const at = answer.timestamp;
  const before = context.changed_at ?? {};
  const isNewer = (field: keyof typeof before) => at >= (before[field] ?? '');
  const { taskIds, listedIds, asked, preferences } = changes;
  const tasks = isNewer('task_ids') ? [...taskIds, ...context.task_ids] : [...context.task_ids, ...taskIds];
  const lists = listedIds && isNewer('listed_ids') ? { listed_ids: [...listedIds] } : undefined;
  const asks = asked !== undefined && isNewer('asked') ? { asked } : undefined;
  const prefers = preferences !== undefined && isNewer('preferences');
  return {
    ...context,
    task_ids: [...new Set(tasks)].slice(0, taskIdsMax),
    ...lists,
    ...asks,
    ...(preferences && {
      preferences: prefers ? { ...context.preferences, ...preferences } : { ...preferences, ...context.preferences },
    }),
    changed_at: {
      ...before,
      ...(isNewer('task_ids') && { task_ids: at }),
      ...(lists && { listed_ids: at }),
      ...(asks && { asked: at }),
      ...(prefers && { preferences: at }),
    },
  };
}

/** What comes too late to be a message is told like one that fell off. */
function told(context: ConversationContext, late: readonly Turn[]): ConversationContext {
  if (late.length === 0) return context;
  const messages = late.flatMap(messagesOf);
  const { summary = '', summarised_count: count = 0 } = context;
  return { ...context, summary: shortSummary(summary, messages), summarised_count: count + messages.length };
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
  const all = [...before.split('\n'), ...fallen.map(lineOf)].filter((line) => line !== '');
  let chars = 0;
  const kept = all.toReversed().filter((line) => (chars += line.length + 1) <= summaryCharsMax);
  return kept.reverse().join('\n');
}

const lineOf = ({ role, content }: ChatMessage): string => `${role}: ${oneLine(content)}`;

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  // By code points: half of a surrogate pair is no text.
  const points = [...line];
  return points.length <= summarisedCharsMax ? line : `${points.slice(0, summarisedCharsMax - 1).join('')}…`;
}
