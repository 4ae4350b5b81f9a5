/** The chat, put together: conversations in the state store, an assistant chosen by configuration, tools over Postgres. */
import type Router from '@koa/router';
import type { Middleware } from 'koa';
import type { Logger } from 'pino';
import type { ConversationState } from '#contracts/types.ts';
import type { Environment } from '#kit/config.ts';
import type { Postgres } from '#kit/postgres.ts';
import type { Background } from '#kit/service.ts';
import type { Answer, Assistant } from './assistant.ts';
import { chatRoutes } from './chat-routes.ts';
import type { StateCalls } from './conversation-store.ts';
import { openConversations } from './conversations.ts';
import { openAiAssistant } from './openai-assistant.ts';
import { ruleAssistant } from './rule-assistant.ts';
import { taskTools } from './task-tools.ts';
import { knownZone } from './time-zone.ts';

export interface ChatConfig {
  /** null: the rules, which need nobody. */
  readonly languageModel: {
    readonly url: string;
    readonly model: string;
    readonly apiKey: string | undefined;
    readonly deadlineMs: number;
  } | null;
}

export function chatConfig(env: Environment): ChatConfig {
  if (env.optional('ASSISTANT_URL') === undefined) return { languageModel: null };
  return {
    languageModel: {
      url: env.url('ASSISTANT_URL', ['http:', 'https:']),
      model: env.text('ASSISTANT_MODEL'),
      apiKey: env.optional('ASSISTANT_API_KEY'),
      // Below the deadline of a request, so that the rules still get their turn.
      deadlineMs: env.whole('ASSISTANT_DEADLINE_MS', 100, 8_000, 6_000),
    },
  };
}

export interface ChatOptions {
  readonly config: ChatConfig;
  readonly sidecar: StateCalls;
  readonly postgres: Postgres;
  readonly requireOwner: Middleware;
  readonly log: Logger;
}

export interface Chat {
  readonly router: Router;
  readonly background: readonly Background[];
}

const answerPointsMax = 4_000;

export function openChat({ config, sidecar, postgres, requireOwner, log }: ChatOptions): Chat {
  const conversations = openConversations({ sidecar, log });
  const { languageModel } = config;
  const assistant: Assistant = languageModel
    ? openAiAssistant({ ...languageModel, fallback: ruleAssistant, log })
    : ruleAssistant;

  async function reply(userId: string, state: ConversationState, text: string, deedsKey?: string): Promise<Answer> {
    const { messages: history, context } = state;
    const timeZone = knownZone(context.preferences.time_zone ?? 'UTC') ?? 'UTC';
    const turn = { userId, history, context, text, now: new Date(), timeZone };
    const answer = await assistant.answer(turn, taskTools(postgres, userId, deedsKey));
    return { ...answer, text: bounded(answer.text) };
  }

  return { router: chatRoutes({ conversations, reply, requireOwner }), background: [conversations.merging] };
}

/** Whatever an assistant says, it fits into a message; and half of a surrogate pair is no text. */
function bounded(text: string): string {
  const points = [...text.toWellFormed().replaceAll('\0', '')];
  return points.length <= answerPointsMax ? points.join('') : `${points.slice(0, answerPointsMax - 1).join('')}…`;
}
