/**
 * The chat-completions protocol, spoken with a double: a real language model can't be had here. What it may say, and all
 * the ways in which it may fail.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { Task } from '#contracts/types.ts';
import type { AssistantTurn, TaskTools } from '../../../../impl/backend/chat/assistant.ts';
import { openAiAssistant } from '../../../../impl/backend/chat/openai-assistant.ts';
import { ruleAssistant } from '../../../../impl/backend/chat/rule-assistant.ts';

type Step = object | 'never' | 'hang up' | { readonly status: number; readonly text: string };

let server: Server | undefined;
const asked: { headers: Record<string, unknown>; body: { messages: { role: string; content: string }[]; tools: unknown[] } }[] =
  [];

async function modelThat(...steps: Step[]) {
  asked.length = 0;
  server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    asked.push({ headers: request.headers, body: JSON.parse(text) });
    const step = steps.shift() ?? 'hang up';
    if (step === 'never') return;
    if (step === 'hang up') return void request.socket.destroy();
    if ('status' in step) return void response.writeHead(step.status, { location: 'http://127.0.0.1:1/' }).end(step.text);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ choices: [{ message: step }] }));
  });
  await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done));
  return openAiAssistant({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/chat/completions`,
    model: 'some-model',
    apiKey: 'secret',
    deadlineMs: 1_000,
    fallback: ruleAssistant,
    log: pino({ level: 'silent' }),
  });
}

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const says = (content: string) => ({ role: 'assistant', content });
const calls = (...wanted: [name: string, input: unknown][]) => ({
  role: 'assistant',
  content: null,
  tool_calls: wanted.map(([name, input], n) => ({
    id: `call-${n}`,
    type: 'function',
    function: { name, arguments: typeof input === 'string' ? input : JSON.stringify(input) },
  })),
});

const turn: AssistantTurn = {
  userId: 'alice',
  history: [{ id: '1', role: 'user', content: 'hello', timestamp: '2026-03-04T10:00:00.000Z' }],
  context: { task_ids: [7], preferences: {}, summary: 'user: we spoke about milk' },
  text: 'add buy milk',
  now: new Date('2026-03-04T10:15:30Z'),
  timeZone: 'Europe/Berlin',
};

/** Only some are called here; the real tools are tested on Postgres. */
function tools(): TaskTools & { readonly created: string[]; readonly removed: number[] } {
  const created: string[] = [];
  const removed: number[] = [];
  const task = (title: string): Task => ({
    id: created.length,
    user_id: 'alice',
    title,
    description: null,
    completed: false,
    priority_id: null,
    due_date: '2026-03-05T08:00:00.000Z',
    tags: [],
    reminder_lead_minutes: [60],
    template_id: null,
    occurrence_at: null,
    revision: 1,
    created_at: '2026-03-04T10:15:30.000Z',
    updated_at: '2026-03-04T10:15:30.000Z',
  });
  const notCalled = () => Promise.reject(new Error('not called here'));
  return {
    created,
    removed,
    create: async ({ title }) => {
      created.push(title);
      return task(title);
    },
    complete: async () => null,
    read: async (id) => ({ ...task('Team meeting notes'), id }),
    list: notCalled,
    find: notCalled,
    postpone: notCalled,
    remove: async (id) => {
      removed.push(id);
      return { ...task('Team meeting notes'), id };
    },
  };
}

describe('assistant behind a chat-completions URL', () => {
  it('sends the conversation, the tools and the key, and answers with what it says', async () => {
    const assistant = await modelThat(says('Hello Alice.'));
    expect(await assistant.answer(turn, tools())).toMatchObject({ text: 'Hello Alice.', taskIds: [] });
    expect(asked[0]?.headers.authorization).toBe('Bearer secret');
    expect(asked[0]?.body).toMatchObject({
      model: 'some-model',
      tools: expect.arrayContaining([expect.objectContaining({ type: 'function' })]),
    });
    const { messages } = asked[0]?.body ?? { messages: [] };
    expect(messages.map((message) => message.role)).toEqual(['system', 'user', 'user']);
    expect(messages[0]?.content).toMatch(/Europe\/Berlin.*\n.*\nuser: we spoke about milk/s);
  });

  it('does what the tools are asked for, tells the result in the time zone of the user, and names the tasks', async () => {
    const assistant = await modelThat(
      calls(['create_task', { title: 'buy milk', due: '2026-03-05T09:00:00+01:00' }]),
      says('Added #1.'),
    );
    const mine = tools();
    expect(await assistant.answer(turn, mine)).toMatchObject({ text: 'Added #1.', taskIds: [1] });
    expect(mine.created).toEqual(['buy milk']);
    expect(asked[1]?.body.messages.at(-1)).toMatchObject({
      role: 'tool',
      tool_call_id: 'call-0',
      content: expect.stringContaining('Thu 5 Mar 2026, 09:00 (Europe/Berlin)'),
    });
  });

  it('tells it what is wrong with a call, and does nothing of it', async () => {
    const wrong: [string, unknown][] = [
      ['drop_table', {}],
      ['toString', {}],
      ['create_task', 'not json'],
      ['create_task', { title: '' }],
      ['create_task', { title: 'x', more: 1 }],
      ['create_task', { title: 'x', due: 'tomorrow' }],
      ['create_task', { title: 'x', due: '2026-99-99T00:00:00Z' }],
      ['complete_task', { id: 99 }],
    ];
    const assistant = await modelThat(calls(...wrong), says('Sorry.'));
    const mine = tools();
    expect(await assistant.answer(turn, mine)).toMatchObject({ text: 'Sorry.', taskIds: [] });
    expect(mine.created).toEqual([]);
    const results = asked[1]?.body.messages.filter((message) => message.role === 'tool') ?? [];
    expect(results.map((message) => /"error"/.test(message.content))).toEqual(wrong.map(() => true));
  });

  it.each<[string, Step]>([
    ['never answers', 'never'],
    ['hangs up', 'hang up'],
    ['refuses', { status: 429, text: 'slow down' }],
    ['breaks', { status: 500, text: 'oops' }],
    ['sends us elsewhere', { status: 307, text: '' }],
    ['talks no JSON', { status: 200, text: 'hello' }],
    ['says nothing', says('')],
    ['has no choices', { status: 200, text: '{"choices":[]}' }],
    ['never ends', { status: 200, text: 'x'.repeat(300_000) }],
  ])('when it %s, the rules answer and say so, in time', async (_, step) => {
    const assistant = await modelThat(step);
    const mine = tools();
    const startedAt = performance.now();
    const answer = await assistant.answer(turn, mine);
    expect(answer.text).toMatch(/^Added “buy milk” \(#1\)\.\n\(The language model does not answer, so I went by my rules\.\)$/);
    expect(mine.created).toEqual(['buy milk']);
    expect(performance.now() - startedAt).toBeLessThan(2_500);
  });

  it('when it fails after a change, the change is told and not made again', async () => {
    const assistant = await modelThat(calls(['create_task', { title: 'buy milk' }]), 'hang up');
    const mine = tools();
    expect(await assistant.answer(turn, mine)).toMatchObject({
      text: 'Added “buy milk” (#1). Then the language model stopped answering.',
      taskIds: [1],
    });
    expect(mine.created).toEqual(['buy milk']);
  });

  it('when it calls tools without end, it is stopped', async () => {
    const assistant = await modelThat(...Array.from({ length: 20 }, () => calls(['complete_task', { id: 1 }])));
    expect((await assistant.answer(turn, tools())).text).toMatch(/went by my rules/);
    expect(asked).toHaveLength(5);
  });

  it('deletes nothing before the user was asked and has not refused', async () => {
    const remove = calls(['delete_task', { id: 5 }]);
    const mine = tools();
    const assistant = await modelThat(
      remove,
      says('Done!'),
      remove,
      says('Gone.'),
      remove,
      says('Kept.'),
      remove,
      says('As you like.'),
    );
    // Whatever the model claims, the user reads what yes would do.
    const first = await assistant.answer({ ...turn, text: 'delete the notes' }, mine);
    expect(first).toMatchObject({
      text: 'Done!\nDelete “Team meeting notes” (#5)? Say yes or no.',
      asked: { verb: 'delete', task_id: 5 },
    });
    expect(mine.removed).toEqual([]);
    const context = { ...turn.context, asked: { verb: 'delete' as const, task_id: 5 } };
    expect(await assistant.answer({ ...turn, context, text: 'forget it' }, mine)).toMatchObject({ asked: { task_id: 5 } });
    expect(
      await assistant.answer({ ...turn, context: { ...context, asked: { verb: 'delete', task_id: 6 } }, text: 'yes' }, mine),
    ).toMatchObject({ asked: { task_id: 5 } });
    expect(mine.removed).toEqual([]);
    expect(await assistant.answer({ ...turn, context, text: 'yes' }, mine)).toMatchObject({ text: 'As you like.', asked: null });
    expect(mine.removed).toEqual([5]);
  });
});
