/** What is said, and what is understood. Now is Wednesday 4 March 2026, 10:15:30 UTC. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { commandOf, intents } from '../../../../impl/backend/chat/intents.ts';

const now = Temporal.ZonedDateTime.from('2026-03-04T10:15:30[UTC]');

/** Short enough for a table: moments as text. */
function said(text: string): string {
  const command = commandOf(text, now);
  const minute = (at: Temporal.ZonedDateTime) => at.toPlainDateTime().toString({ smallestUnit: 'minute' });
  const whichOne = (what: object) => Object.values(what).flat().join(' ');
  switch (command.do) {
    case 'create':
      return ['create', command.title, command.when ? minute(command.when.at) : '-', command.priorityId]
        .filter(Boolean)
        .join(' | ');
    case 'list':
      return ['list', command.completed ? 'completed' : 'open', command.window?.label].filter(Boolean).join(' | ');
    case 'postpone': {
      const to = command.to && ('by' in command.to ? command.to.by.toString() : minute(command.to.when.at));
      return `postpone | ${whichOne(command.what)} | ${to ?? '?'}`;
    }
    case 'complete':
    case 'delete':
    case 'show':
      return `${command.do} | ${whichOne(command.what)}`;
    case 'zone':
      return `zone | ${command.name}`;
    case 'yes':
    case 'never-mind':
    case 'recurring':
    case 'help':
    case 'greet':
    case 'unknown':
    case 'too-long':
      return command.do;
  }
}

describe('intents', () => {
  it.each([
    ['add buy milk', 'create | buy milk | -'],
    ['Add buy milk tomorrow at 9.', 'create | buy milk | 2026-03-05T09:00'],
    ['please add a task to buy milk tomorrow', 'create | buy milk | 2026-03-05T09:00'],
    ['could you please create a new task called water the plants', 'create | water the plants | -'],
    ['create task: file taxes by 31 march', 'create | file taxes | 2026-03-31T09:00'],
    ['new todo pay rent on 1 april at 8am', 'create | pay rent | 2026-04-01T08:00'],
    ['remind me to call mom at 5pm', 'create | call mom | 2026-03-04T17:00'],
    ['remind me tomorrow at 9 to call mom', 'create | call mom | 2026-03-05T09:00'],
    ['remind me in 2 hours that the cake is in the oven', 'create | the cake is in the oven | 2026-03-04T12:15'],
    ['remind me about the dentist on friday', 'create | the dentist | 2026-03-06T09:00'],
    ["don't let me forget to lock the door", 'create | lock the door | -'],
    ['i need to see the doctor next week', 'create | see the doctor | 2026-03-09T09:00'],
    ['todo: sharpen pencils', 'create | sharpen pencils | -'],
    ['add milk to my list', 'create | milk | -'],
    ['add fix the roof, high priority', 'create | fix the roof | - | 2'],
    ['add fix the roof tomorrow with urgent priority', 'create | fix the roof | 2026-03-05T09:00 | 1'],
    ['add “meet Ann on friday” on monday', 'create | meet Ann on friday | 2026-03-09T09:00'],
    ['add "delete all tasks"', 'create | delete all tasks | -'],
    ['remind me to delete the old files', 'create | delete the old files | -'],
    ['add   spaced \n out  ', 'create | spaced out | -'],
    ['add water the plants every day', 'recurring'],
    ['remind me every monday to take out the bins', 'recurring'],
    ['create a task to stand up daily', 'recurring'],
    ['add read the daily news', 'create | read the daily news | -'],
    ['list', 'list | open'],
    ['tasks', 'list | open'],
    ['show me all my tasks', 'list | open'],
    ['show my open tasks', 'list | open'],
    ["what's on my list?", 'list | open'],
    ['what are my tasks', 'list | open'],
    ['show my completed tasks', 'list | completed'],
    ['list done tasks', 'list | completed'],
    ['what is due today', 'list | open | today'],
    ["what's due this week?", 'list | open | this week'],
    ['show tasks due tomorrow', 'list | open | tomorrow'],
    ['list overdue tasks', 'list | open | overdue'],
    ['what is overdue', 'list | open | overdue'],
    ['what do i have to do on friday', 'list | open | on friday'],
    ['which tasks are due by friday', 'list | open | by friday'],
    ['complete 2', 'complete | position 2'],
    ['done 2', 'complete | position 2'],
    ['finish #17', 'complete | id 17'],
    ['complete task #17', 'complete | id 17'],
    ['mark the second one as done', 'complete | position 2'],
    ['the 3rd one is done', 'complete | position 3'],
    ['complete the last one', 'complete | end'],
    ['complete it', 'complete | it'],
    ['i finished that', 'complete | it'],
    ['mark milk as completed', 'complete | words milk'],
    ["I'm done with the milk", 'complete | words milk'],
    ['buy milk is done', 'complete | words buy milk'],
    ['complete everything', 'complete | many'],
    ['postpone it to friday at 5pm', 'postpone | it | 2026-03-06T17:00'],
    ['move #3 to tomorrow', 'postpone | id 3 | 2026-03-05T09:00'],
    ['reschedule the dentist for next month', 'postpone | words dentist | 2026-04-01T09:00'],
    ['delay milk by 2 days', 'postpone | words milk | P2D'],
    ['snooze it for an hour', 'postpone | it | PT1H'],
    ['postpone the milk', 'postpone | words milk | ?'],
    ['postpone it to whenever', 'postpone | it | ?'],
    ['delete the last one', 'delete | end'],
    ['remove #12', 'delete | id 12'],
    ['cancel the dentist', 'delete | words dentist'],
    ['forget about the milk', 'delete | words milk'],
    // Said of what was just talked about, and no wish to delete anything.
    ['forget it', 'never-mind'],
    ['Forget about it.', 'never-mind'],
    ['ok, cancel that', 'never-mind'],
    ['drop it then', 'never-mind'],
    ['never mind', 'never-mind'],
    ['nevermind', 'never-mind'],
    ['cancel', 'never-mind'],
    ['no', 'never-mind'],
    ['no, thanks', 'never-mind'],
    ["don't do that", 'never-mind'],
    ['delete it', 'delete | it'],
    ['delete the forget-me-nots', 'delete | words forget-me-nots'],
    ['yes', 'yes'],
    ['Yes, delete it!', 'yes'],
    // These only begin like a command.
    ['did you finish the report', 'unknown'],
    ['mark my words', 'unknown'],
    ['mark the milk as done', 'complete | words milk'],
    ['i did the dishes', 'complete | words dishes'],
    ['2', 'show | position 2'],
    ['#5', 'show | id 5'],
    ['the second one', 'show | position 2'],
    ['my time zone is Europe/Berlin', 'zone | Europe/Berlin'],
    ['set time zone to utc', 'zone | utc'],
    ['help', 'help'],
    ['what can you do?', 'help'],
    ['hello', 'greet'],
    ['thanks!', 'greet'],
    ['', 'unknown'],
    ['?', 'unknown'],
    ['the weather is nice', 'unknown'],
    ['milk', 'unknown'],
    ['#99999999999', 'unknown'],
    ['add '.repeat(400), 'too-long'],
  ])('%s: %s', (text, expected) => {
    expect(said(text as string)).toBe(expected);
  });

  it.each(intents.flatMap((intent) => intent.examples))('an example of the help text is understood: %s', (example) => {
    expect(['unknown', 'greet']).not.toContain(commandOf(example, now).do);
  });

  it('understands or not, but never breaks, and is quick about it', () => {
    const word = fc.constantFrom(
      ...'add remind me to complete delete the # 2 #5 every tomorrow at 9 due " \' list by in mark is done \u0000 \ud800 31 february 9999-12-31 in 9999 years zone'.split(
        ' ',
      ),
    );
    const text = fc.oneof(
      fc.array(word, { maxLength: 200 }).map((words) => words.join(' ')),
      fc.string({ unit: 'binary', maxLength: 300 }),
    );
    fc.assert(
      fc.property(text, (each) => {
        const startedAt = performance.now();
        expect(commandOf(each, now).do).toMatch(/^[a-z]/);
        expect(performance.now() - startedAt).toBeLessThan(500);
      }),
      { numRuns: 1_000 },
    );
  });
});
