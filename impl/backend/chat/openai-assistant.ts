/**
 * An assistant behind any URL that speaks the chat-completions protocol with tools. It may fail in every way a network
 * can, so it has one deadline for everything, a bound on rounds and bytes, and the rules behind it.
 */
import type { Logger } from 'pino';
import { Temporal } from 'temporal-polyfill';
import type { Task } from '#contracts/types.ts';
import type { Answer, Assistant, AssistantTurn, TaskTools } from './assistant.ts';
import { commandOf } from './intents.ts';
import { type Deed, languageTools } from './language-tools.ts';
import { named } from './task-text.ts';

export interface OpenAiOptions {
  /** The whole address, e.g. `https://host/v1/chat/completions`. */
  readonly url: string;
  readonly model: string;
  readonly apiKey: string | undefined;
  /** Of the whole turn, all rounds. */
  readonly deadlineMs: number;
  readonly fallback: Assistant;
  readonly log: Logger;
}

interface ToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

type ModelMessage =
  | { readonly role: 'system' | 'user' | 'assistant'; readonly content: string | null; readonly tool_calls?: readonly ToolCall[] }
  | { readonly role: 'tool'; readonly tool_call_id: string; readonly content: string };

const roundsMax = 5;
const callsMax = 8;
const historyMax = 20;
const answerBytesMax = 256 * 1024;

export function openAiAssistant(options: OpenAiOptions): Assistant {
  const { model, deadlineMs, fallback, log } = options;
  return {
    name: `language model ${model}`,
    async answer(turn, tools) {
      const deeds: Deed[] = [];
      try {
        return await converse(turn, tools, deeds);
      } catch (error) {
        log.warn({ err: error, deeds: deeds.length }, 'language model failed');
        // Said again to the rules, what was done already would be done twice.
        if (deeds.length > 0)
          return told(`${deeds.map((deed) => deed.text).join(' ')} Then the language model stopped answering.`, deeds);
        const answer = await fallback.answer(turn, tools);
        return { ...answer, text: `${answer.text}\n(The language model does not answer, so I went by my rules.)` };
      }
    },
  };

  async function converse(turn: AssistantTurn, tools: TaskTools, deeds: Deed[]): Promise<Answer> {
    const signal = AbortSignal.timeout(deadlineMs);
    let asked: Task | undefined;
    const sure = { of: agreedTo(turn), ask: (task: Task) => void (asked = task) };
    const { definitions, call } = languageTools(tools, turn.timeZone, sure, (deed) => void deeds.push(deed));
    const messages: ModelMessage[] = [
      { role: 'system', content: instructions(turn) },
      ...turn.history.slice(-historyMax).map(({ role, content }) => ({ role, content })),
      { role: 'user', content: turn.text },
    ];
    for (let round = 0; round < roundsMax; round += 1) {
      const said = await ask({ model, messages, tools: definitions }, options, signal);
      if (said.toolCalls.length === 0) {
        if (said.content === '') throw new Error('ANSWER_EMPTY: neither text nor tool calls');
        const answer = told(said.content, deeds);
        if (asked === undefined) return answer;
        // Whatever the model makes of it, the user sees what yes would do.
        const question = `Delete ${named(asked)}? Say yes or no.`;
        const text = answer.text.includes(`#${asked.id}`) ? answer.text : `${answer.text}\n${question}`;
        return {
          ...answer,
          text,
          taskIds: [...new Set([asked.id, ...answer.taskIds])],
          asked: { verb: 'delete', task_id: asked.id },
        };
      }
      messages.push({ role: 'assistant', content: said.content, tool_calls: said.toolCalls });
      for (const { id, function: wanted } of said.toolCalls)
        messages.push({ role: 'tool', tool_call_id: id, content: await call(wanted.name, wanted.arguments) });
      signal.throwIfAborted();
    }
    throw new Error(`ROUNDS_EXCEEDED: still calling tools after ${roundsMax} rounds`);
  }
}

/** The task whose deletion was asked about, unless the user says no. */
function agreedTo({ context, text, now, timeZone }: AssistantTurn): number | undefined {
  const at = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(timeZone);
  return commandOf(text, at).do === 'never-mind' ? undefined : context.asked?.task_id;
}

const told = (text: string, deeds: readonly Deed[]): Answer => ({
  text,
  taskIds: [...new Set(deeds.flatMap((deed) => deed.taskIds).reverse())],
  asked: null,
});

function instructions({ now, timeZone, context }: AssistantTurn): string {
  return [
    'You keep the task list of one user. Use the tools for everything about tasks; never claim a change that no tool confirmed.',
    'Name the id of each task you changed, as #5. Ask back when it is not clear which task is meant. Be brief.',
    `It is ${now.toISOString()}; the user's time zone is ${timeZone}. Tasks talked about last: ${context.task_ids.join(', ') || 'none'}.`,
    ...(context.summary ? [`Earlier in this conversation:\n${context.summary}`] : []),
  ].join('\n');
}

async function ask(
  body: object,
  { url, apiKey }: OpenAiOptions,
  signal: AbortSignal,
): Promise<{ content: string; toolCalls: readonly ToolCall[] }> {
  const answer = await fetch(url, {
    method: 'POST',
    // A redirect would carry the key to another host.
    redirect: 'error',
    headers: { 'content-type': 'application/json', ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }) },
    body: JSON.stringify(body),
    signal,
  });
  const text = await boundedText(answer);
  if (answer.status !== 200) throw new Error(`MODEL_REFUSED: status ${answer.status}: ${text.slice(0, 200)}`);
  const { choices } = JSON.parse(text) as { choices?: { message?: { content?: unknown; tool_calls?: unknown } }[] };
  const message = choices?.[0]?.message;
  return {
    content: typeof message?.content === 'string' ? message.content : '',
    toolCalls: (Array.isArray(message?.tool_calls) ? message.tool_calls : []).filter(isToolCall).slice(0, callsMax),
  };
}

function isToolCall(call: Partial<ToolCall> | null): call is ToolCall {
  return typeof call?.id === 'string' && typeof call.function?.name === 'string' && typeof call.function.arguments === 'string';
}

async function boundedText(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > answerBytesMax) throw new Error(`ANSWER_TOO_LARGE: more than ${answerBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
