/** The chat API: parse with the schema of `contracts/http`, call the use-case, answer. */
import { createHash, randomUUID } from 'node:crypto';
import Router from '@koa/router';
import type { Middleware } from 'koa';
import type { ChatAnswer, ChatMessageCreate, ChatSession, ChatSessionCreate, ConversationState } from '#contracts/types.ts';
import { AppError } from '#kit/web/errors.ts';
import { idempotencyKeyOf } from '#kit/web/idempotency-key.ts';
import { bodyOf, type Call, refuseValue, userIdOf } from '#kit/web/request.ts';
import { counter } from '#kit/metrics.ts';
import { schemaAt } from '#kit/schemas.ts';
import { jsonBody, jsonBodyIfAny } from '#kit/web/web.ts';
import type { Answer } from './assistant.ts';
import type { ChatMessage } from './conversation.ts';
import { sessionIdOf } from './conversation-key.ts';
import type { Conversations, Question } from './conversations.ts';
import { knownZone } from './time-zone.ts';

export interface ChatRoutesOptions {
  readonly conversations: Conversations;
  /**
   * One answer of the assistant to a user's text, at this point of the conversation. `deedsKey`: whatever is done under it, is done once.
   */
  readonly reply: (userId: string, state: ConversationState, text: string, deedsKey: string | undefined) => Promise<Answer>;
  readonly requireOwner: Middleware;
}

const answers = counter('chat_answers_total', 'Messages answered; degraded: from memory, the store was away', ['degraded']);

export function chatRoutes({ conversations, reply, requireOwner }: ChatRoutesOptions): Router {
  const router = new Router({ prefix: '/api/:user_id/chat/sessions' });
  const toBegin = schemaAt<ChatSessionCreate>('http/chat-session-create.json');
  const toSay = schemaAt<ChatMessageCreate>('http/chat-message-create.json');
  router.use(requireOwner);

  router.post('/', jsonBodyIfAny, async (ctx: Call) => {
    const userId = userIdOf(ctx);
    const { time_zone } = ctx.request.body === undefined ? {} : bodyOf(ctx, toBegin);
    const seen = await conversations.create(userId, time_zone === undefined ? {} : { time_zone: zoneOf(time_zone) });
    ctx.status = 201;
    ctx.set('Location', `/api/${encodeURIComponent(userId)}/chat/sessions/${seen.state.session_id}`);
    answerSession(ctx, seen.state, seen.isDegraded);
  });

  router.get('/:session_id', async (ctx: Call) => {
    const { state, isDegraded } = await conversations.read(userIdOf(ctx), sessionOf(ctx));
    answerSession(ctx, state, isDegraded);
  });

  router.delete('/:session_id', async (ctx: Call) => {
    const { isDegraded } = await conversations.remove(userIdOf(ctx), sessionOf(ctx));
    tellDegraded(ctx, isDegraded);
    ctx.status = 204;
  });

  router.post('/:session_id/messages', jsonBody, async (ctx: Call) => {
    const userId = userIdOf(ctx);
    const sessionId = sessionOf(ctx);
    const { content } = bodyOf(ctx, toSay);
    const key = idempotencyKeyOf(ctx);
    const question = questionOf(sessionId, content, key);
    const { turn, isDegraded, isReplayed } = await conversations.converse(userId, sessionId, question, (state) =>
      reply(userId, state, content, key === undefined ? undefined : `deed of ${question.id}`),
    );
    tellDegraded(ctx, isDegraded);
    answers.inc({ degraded: String(isDegraded) });
    if (isReplayed) ctx.set('Idempotency-Replayed', 'true');
    ctx.body = {
      session_id: sessionId,
      message: shown(turn.answer),
      task_ids: [...turn.changes.taskIds],
      degraded: isDegraded,
    } satisfies ChatAnswer;
  });

  return router;
}

function answerSession(ctx: Call, state: ConversationState, isDegraded: boolean): void {
  tellDegraded(ctx, isDegraded);
  const { session_id, messages, created_at, updated_at } = state;
  ctx.set('Cache-Control', 'private, no-store');
  ctx.body = { session_id, messages: messages.map(shown), degraded: isDegraded, created_at, updated_at } satisfies ChatSession;
}

const shown = ({ id, role, content, timestamp }: ChatMessage): ChatMessage => ({ id, role, content, timestamp });

function tellDegraded(ctx: Call, isDegraded: boolean): void {
  if (isDegraded) ctx.set('X-Degraded', 'true');
}

/** What is no UUID names no session: 404, as for one that is merely not there. */
function sessionOf(ctx: Call): string {
  const id = sessionIdOf(ctx.params.session_id ?? '');
  if (id === null) throw new AppError('SESSION_NOT_FOUND', 'A session id is a UUID');
  return id;
}

/** The same key again is the same question, on any replica; without one every request is a new question. */
function questionOf(sessionId: string, content: string, key: string | undefined): Question {
  const id = key === undefined ? randomUUID() : uuidOf(`${sessionId}\n${key}`);
  return { id, answerId: uuidOf(`answer to ${id}`), content };
}

/** UUIDv8 (RFC 9562): made from the text, so that whoever has the text finds it again. */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const zoneOf = (name: string): string =>
  knownZone(name) ?? refuseValue('/time_zone', 'must be an IANA time zone, as Europe/Berlin');
