/** The task tools as a language model is offered them: a table of names, JSON Schemas and what each does. */
import { Ajv } from 'ajv';
import type { Task } from '#contracts/types.ts';
import type { TaskTools } from './assistant.ts';
import { named } from './task-text.ts';
import { momentText } from './when.ts';

/** Something that was changed, in words for the user. */
export interface Deed {
  readonly text: string;
  readonly taskIds: readonly number[];
}

interface LanguageTool {
  readonly description: string;
  readonly parameters: object;
  run(input: never, tools: TaskTools, sure: Sure): Promise<{ readonly result: unknown; readonly deed?: Deed }>;
}

/** Deleting takes two turns: the user is asked, and answers. */
export interface Sure {
  /** What the user was asked about in the turn before, and did not refuse. */
  readonly of: number | undefined;
  ask(task: Task): void;
}

const rowsMax = 20;
const id = { type: 'integer', minimum: 1, maximum: 2_147_483_647 };
const moment = {
  type: 'string',
  description: 'ISO 8601 with offset',
  pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(:\\d\\d)?(\\.\\d+)?(Z|[+-]\\d\\d:\\d\\d)$',
};
const closed = (properties: object, required: readonly string[]) => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
});
const done = (verb: string, task: Task | null) =>
  task
    ? { result: task, deed: { text: `${verb} ${named(task)}.`, taskIds: [task.id] } }
    : { result: { error: 'there is no such task' } };

const table: Readonly<Record<string, LanguageTool>> = {
  create_task: {
    description: 'Add a task',
    parameters: closed({ title: { type: 'string', minLength: 1, maxLength: 200 }, due: moment }, ['title']),
    run: async ({ title, due }: { title: string; due?: string }, tools) =>
      done('Added', await tools.create({ title, ...(due !== undefined && { due: dateOf(due) }) })),
  },
  list_tasks: {
    description: `The newest ${rowsMax} tasks that match`,
    parameters: closed({ completed: { type: 'boolean' }, due_from: moment, due_before: moment }, []),
    run: async ({ completed, due_from, due_before }: { completed?: boolean; due_from?: string; due_before?: string }, tools) => ({
      result: await tools.list({
        rowsMax,
        ...(completed !== undefined && { completed }),
        ...(due_from !== undefined && { dueFrom: dateOf(due_from) }),
        ...(due_before !== undefined && { dueBefore: dateOf(due_before) }),
      }),
    }),
  },
  find_tasks: {
    description: 'Tasks whose title has all of these words',
    parameters: closed(
      { words: { type: 'array', minItems: 1, maxItems: 8, items: { type: 'string', minLength: 1, maxLength: 80 } } },
      ['words'],
    ),
    run: async ({ words }: { words: string[] }, tools) => ({ result: await tools.find(words, rowsMax) }),
  },
  complete_task: {
    description: 'Mark a task as done',
    parameters: closed({ id }, ['id']),
    run: async ({ id }: { id: number }, tools) => done('Completed', await tools.complete(id)),
  },
  postpone_task: {
    description: 'Move the due date of a task',
    parameters: closed({ id, due: moment }, ['id', 'due']),
    run: async ({ id, due }: { id: number; due: string }, tools) => done('Moved', await tools.postpone(id, dateOf(due))),
  },
  delete_task: {
    description: 'Delete a task for good. The first call only asks the user; call again when the user has said yes',
    parameters: closed({ id }, ['id']),
    async run({ id }: { id: number }, tools, sure) {
      if (sure.of === id) return done('Deleted', await tools.remove(id));
      const task = await tools.read(id);
      if (!task) return { result: { error: 'there is no such task' } };
      sure.ask(task);
      return { result: { not_deleted: `ask the user first: delete ${named(task)}, yes or no?` } };
    },
  },
};

const ajv = new Ajv({ strict: true });
const validators = new Map(Object.entries(table).map(([name, { parameters }]) => [name, ajv.compile(parameters)]));
const definitions = Object.entries(table).map(([name, { description, parameters }]) => ({
  type: 'function',
  function: { name, description, parameters },
}));

/** `call` never throws for what the model said: it is told what was wrong and may try again. */
export function languageTools(tools: TaskTools, timeZone: string, sure: Sure, onDeed: (deed: Deed) => void) {
  return {
    definitions,
    async call(name: string, input: string): Promise<string> {
      const tool = Object.hasOwn(table, name) ? table[name] : undefined;
      const validate = validators.get(name);
      if (!tool || !validate) return JSON.stringify({ error: `there is no tool ${name.slice(0, 64)}` });
      let parsed: unknown;
      try {
        parsed = JSON.parse(input);
      } catch {
        return JSON.stringify({ error: 'the arguments are not JSON' });
      }
      if (!validate(parsed)) return JSON.stringify({ error: ajv.errorsText(validate.errors) });
      if (!datesOf(parsed as object).every((date) => date.getTime() > 0 && date.getUTCFullYear() <= 9998))
        return JSON.stringify({ error: 'a date is out of range' });
      const { result, deed } = await tool.run(parsed as never, tools, sure);
      if (deed) onDeed(deed);
      return JSON.stringify({ result: readable(result, timeZone) });
    },
  };
}

const dateOf = (text: string): Date => new Date(text);

function datesOf(input: object): Date[] {
  return Object.entries(input).flatMap(([name, value]) => (/^due/.test(name) ? [dateOf(String(value))] : []));
}

/** A model that sees only UTC tells the user the wrong hour. */
function readable(result: unknown, timeZone: string): unknown {
  const local = (task: Task) => ({
    id: task.id,
    title: task.title,
    completed: task.completed,
    due: task.due_date === null ? null : momentText(new Date(task.due_date), timeZone),
  });
  if (Array.isArray(result)) return result.map(local);
  return typeof result === 'object' && result !== null && 'id' in result ? local(result as Task) : result;
}
