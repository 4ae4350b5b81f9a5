/**
 * The assistant that is always there: offline, deterministic, a table of intents. It does what it understood completely,
 * says with the id what it did, and otherwise asks back; it never guesses which task is meant.
 */
import { Temporal } from 'temporal-polyfill';
import type { Task } from '#contracts/types.ts';
import type { Answer, Assistant, AssistantTurn, TaskTools } from './assistant.ts';
import { type Command, commandOf, intents, type Postponement, postponementOf } from './intents.ts';
import type { Reference } from './reference.ts';
import { listed, named } from './task-text.ts';
import { knownZone } from './time-zone.ts';
import { momentText, type Window } from './when.ts';

type Verb = 'complete' | 'delete' | 'postpone';

interface Moment {
  readonly turn: AssistantTurn;
  readonly tools: TaskTools;
  readonly now: Temporal.ZonedDateTime;
}

const titleCharsMax = 200;
const listedMax = 20;
const choicesMax = 10;
const nothing: readonly number[] = [];
/** Whatever else is said, an open question of ours is closed by it. */
const says = (text: string, task?: Task): Answer => ({ text, taskIds: task ? [task.id] : nothing, asked: null });

export const ruleAssistant: Assistant = {
  name: 'rules',
  async answer(turn, tools) {
    const now = Temporal.Instant.fromEpochMilliseconds(turn.now.getTime()).toZonedDateTimeISO(turn.timeZone);
    return obey(commandOf(turn.text, now), { turn, tools, now });
  },
};

async function obey(command: Command, moment: Moment): Promise<Answer> {
  switch (command.do) {
    case 'create':
      return create(command, moment);
    case 'list':
      return list(command.completed, command.window, moment);
    case 'complete':
    case 'delete':
      return act(command.do, command.what, null, '', moment);
    case 'postpone':
      if (!command.to) return says('Until when? For example: postpone it to friday at 5pm, or: postpone it by 2 days.');
      return act('postpone', command.what, command.to, command.words, moment);
    case 'show':
      return show(command.what, moment);
    case 'yes':
      return agreed(moment);
    case 'never-mind':
      return says('All right, I did nothing.');
    case 'zone':
      return setZone(command.name);
    case 'recurring':
      return says(
        'Tasks that repeat are made from templates, which I can not write yet: use the page of recurring tasks. I can add a single task, for example: add water the plants tomorrow at 9.',
      );
    case 'help':
      return says(`You can say, for example:\n${examples}`);
    case 'greet':
      return says('Hello! I can add, list, complete, postpone and delete your tasks. Say "help" for examples.');
    case 'too-long':
      return says('That is too long for me: I understand one short sentence at a time. Say "help" for examples.');
    case 'unknown':
      return says(`I did not understand that, and did nothing. You can say, for example:\n${examples}`);
  }
}

const examples = intents
  .flatMap((intent) => intent.examples)
  .map((example) => `- ${example}`)
  .join('\n');

async function create({ title, when, priorityId }: Command & { do: 'create' }, { turn, tools }: Moment): Promise<Answer> {
  if (title === '') return says('What shall I call the task? For example: add buy milk tomorrow at 9.');
  if (title.length > titleCharsMax) return says(`That title is too long: ${titleCharsMax} characters are the most.`);
  const due = when && new Date(when.at.epochMilliseconds);
  const task = await tools.create({ title, ...(due && { due }), ...(priorityId !== undefined && { priorityId }) });
  const isPast = due !== null && due <= turn.now;
  const text = `Added ${named(task)}${due ? `, due ${momentText(due, turn.timeZone)}` : ''}.`;
  return says(isPast ? `${text} That moment is past already.` : text, task);
}

async function list(completed: boolean, window: Window | undefined, { turn, tools }: Moment): Promise<Answer> {
  const { from, before } = window ?? {};
  const found = await tools.list({
    completed,
    ...(from && { dueFrom: from }),
    ...(before && { dueBefore: before }),
    rowsMax: listedMax + 1,
  });
  const about = window ? (window.label === 'overdue' ? ' overdue' : ` due ${window.label}`) : '';
  if (found.length === 0) return { ...says(`There is no ${completed ? 'completed' : 'open'} task${about}.`), listedIds: nothing };
  const shown = byDue(found.slice(0, listedMax));
  const more = found.length > listedMax ? `\nThese are the newest ${listedMax}; there are more.` : '';
  return {
    ...says(`Your ${completed ? 'completed' : 'open'} tasks${about}:\n${listed(shown, turn.timeZone)}${more}`),
    taskIds: shown.map((task) => task.id),
    listedIds: shown.map((task) => task.id),
  };
}

/** What is due first comes first; what is never due last. */
const byDue = (tasks: readonly Task[]): Task[] =>
  tasks.toSorted((a, b) => (a.due_date ?? '~').localeCompare(b.due_date ?? '~') || a.id - b.id);

/** `exactly`: by its id or its whole title, so that it can be no other. */
type Meant =
  { readonly task: Task; readonly exactly?: boolean } | { readonly choices: readonly Task[] } | { readonly none: string };

async function act(verb: Verb, what: Reference, to: Postponement | null, words: string, moment: Moment): Promise<Answer> {
  const meant = await taskMeant(what, verb !== 'delete', moment);
  if ('none' in meant) return says(meant.none);
  if ('choices' in meant) {
    const ids = meant.choices.map((task) => task.id);
    return {
      text: `Which one shall I ${verb}?\n${listed(meant.choices, moment.turn.timeZone)}\nSay its number, or #id.`,
      taskIds: ids,
      listedIds: ids,
      asked: { verb, ...(verb === 'postpone' && { when: words }) },
    };
  }
  const { tools, turn } = moment;
  const { task, exactly = false } = meant;
  // What is deleted is gone: whoever means one by a place or by some words is asked once.
  if (verb === 'delete' && !exactly && turn.context.asked?.task_id !== task.id)
    return {
      text: `Delete ${named(task)}? Say yes or no.`,
      taskIds: [task.id],
      asked: { verb, task_id: task.id },
    };
  if (verb === 'postpone') return postpone(task, to as Postponement, moment);
  if (verb === 'complete' && task.completed) return says(`${named(task)} was done already.`, task);
  const done = verb === 'complete' ? await tools.complete(task.id) : await tools.remove(task.id);
  if (!done) return says(`${named(task)} is not there any more.`);
  return verb === 'complete' ? says(`Done: ${named(done)}.`, done) : says(`Deleted ${named(done)}.`);
}

async function postpone(task: Task, to: Postponement, { turn, tools, now }: Moment): Promise<Answer> {
  const before = task.due_date === null ? null : Temporal.Instant.from(task.due_date).toZonedDateTimeISO(turn.timeZone);
  let at: Temporal.ZonedDateTime;
  if ('by' in to) at = (before ?? now).add(to.by);
  // Only a day was named: the hour stays.
  else if (before && !to.when.hasTime) at = to.when.at.withPlainTime(before.toPlainTime());
  else at = to.when.at;
  if (at.year > 9998) return says('That is too far away for me.');
  const due = new Date(at.epochMilliseconds);
  const moved = await tools.postpone(task.id, due);
  if (!moved) return says(`${named(task)} is not there any more.`);
  return says(`Moved ${named(moved)} to ${momentText(due, turn.timeZone)}.`, moved);
}

async function agreed(moment: Moment): Promise<Answer> {
  const { asked } = moment.turn.context;
  if (asked?.task_id === undefined) return says('I have not asked you anything that yes is an answer to, and did nothing.');
  return act(asked.verb, { by: 'id', id: asked.task_id }, null, '', moment);
}

/** A bare "2" answers the question asked last; without one it only shows the task. */
async function show(what: Reference, moment: Moment): Promise<Answer> {
  const { asked } = moment.turn.context;
  if (asked && asked.task_id === undefined) {
    const to = asked.verb === 'postpone' ? postponementOf(asked.when ?? '', moment.now) : null;
    // The list is the one that was just shown with the question.
    const chosen = await taskMeant(what, false, moment);
    const id: Reference = 'task' in chosen ? { by: 'id', id: chosen.task.id } : what;
    if (asked.verb !== 'postpone' || to) return act(asked.verb, id, to, asked.when ?? '', moment);
  }
  const meant = await taskMeant(what, false, moment);
  if ('none' in meant) return says(meant.none);
  return 'task' in meant ? says(listed([meant.task], moment.turn.timeZone).replace('1. ', ''), meant.task) : says('Which one?');
}

async function taskMeant(what: Reference, openOnly: boolean, { turn, tools }: Moment): Promise<Meant> {
  const { task_ids: recent, listed_ids: shown = [] } = turn.context;
  switch (what.by) {
    case 'many':
      return { none: 'One task at a time, please: say the number, the #id, or words of the title.' };
    case 'id':
      return byExactId(what.id, tools);
    case 'it':
      return recent[0] === undefined
        ? { none: 'I do not know which task you mean: say its #id or words of its title.' }
        : byId(recent[0], tools);
    case 'end':
      return shown.length === 0
        ? { none: 'I have not shown you a list yet. Say "list my tasks".' }
        : byId(shown.at(-1) as number, tools);
    case 'position': {
      const id = shown[what.position - 1];
      if (id !== undefined) return byId(id, tools);
      return {
        none:
          shown.length === 0
            ? `I have not shown you a list yet. Say "list my tasks", or #${what.position} for the task with that id.`
            : `The last list had ${shown.length} ${shown.length === 1 ? 'entry' : 'entries'}. Say #${what.position} for the task with that id.`,
      };
    }
    case 'words':
      return byWords(what.words, openOnly, tools);
  }
}

async function byId(id: number, tools: TaskTools): Promise<Meant> {
  const task = await tools.read(id);
  return task ? { task } : { none: `You have no task #${id}.` };
}

async function byExactId(id: number, tools: TaskTools): Promise<Meant> {
  const meant = await byId(id, tools);
  return 'task' in meant ? { ...meant, exactly: true } : meant;
}

async function byWords(words: readonly string[], openOnly: boolean, tools: TaskTools): Promise<Meant> {
  const found = await tools.find(words, choicesMax + 1);
  const open = found.filter((task) => !task.completed);
  // Only where nothing open is meant, a completed one is.
  const candidates = openOnly && open.length > 0 ? open : found;
  const said = words.join(' ');
  const exact = candidates.filter((task) => task.title.toLowerCase() === said);
  const [only, ...others] = exact.length === 1 ? exact : candidates;
  if (!only) return { none: `I found no task with "${said.slice(0, 80)}" in its title.` };
  return others.length === 0 ? { task: only, exactly: exact.length === 1 } : { choices: candidates.slice(0, choicesMax) };
}

function setZone(name: string): Answer {
  const zone = knownZone(name);
  if (!zone) return says(`I do not know the time zone "${name}". A name looks like Europe/Berlin.`);
  return { ...says(`From now on I read times in ${zone}.`), preferences: { time_zone: zone } };
}
