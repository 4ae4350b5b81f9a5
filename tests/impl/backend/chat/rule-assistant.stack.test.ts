/** Whole conversations with the rules, on the real use-cases and a real Postgres: what is said is what was done. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pino } from 'pino';
import { domainMigrations, domainSchema } from '#domain/migrations.ts';
import { openPostgres, type Postgres } from '#kit/postgres.ts';
import type { TaskTools } from '../../../../impl/backend/chat/assistant.ts';
import { emptyConversation, type Turn, withTurns } from '../../../../impl/backend/chat/conversation.ts';
import { ruleAssistant } from '../../../../impl/backend/chat/rule-assistant.ts';
import { taskTools } from '../../../../impl/backend/chat/task-tools.ts';
import { withPostgres } from '../../scene.ts';

const timeoutMs = 180_000;
/** Wednesday. */
const startMs = Date.parse('2026-03-04T10:15:30Z');

async function withTools(act: (toolsOf: (userId: string) => TaskTools, postgres: Postgres) => Promise<void>): Promise<void> {
  await withPostgres(async ({ databaseUrl, scope }) => {
    const log = pino({ level: 'silent' });
    const postgres = openPostgres({
      url: databaseUrl,
      schema: domainSchema,
      application: 'test',
      log,
      connectionsMax: 4,
      statementMsMax: 5_000,
    });
    scope.defer('close the pool', () => postgres.close());
    await postgres.migrate(domainMigrations);
    await act((userId) => taskTools(postgres, userId), postgres);
  });
}

/** A conversation whose turns are a second apart. */
function speaker(tools: TaskTools) {
  let state = emptyConversation('u', '00000000-0000-4000-8000-000000000000', new Date(startMs).toISOString());
  let turns = 0;
  return async (text: string): Promise<string> => {
    turns += 1;
    const at = (ms: number) => new Date(startMs + turns * 1000 + ms).toISOString();
    const { messages: history, context } = state;
    const timeZone = context.preferences.time_zone ?? 'UTC';
    const { text: answer, ...changes } = await ruleAssistant.answer(
      { userId: 'u', history, context, text, now: new Date(startMs), timeZone },
      tools,
    );
    const turn: Turn = {
      question: { id: `q${turns}`, role: 'user', content: text, timestamp: at(0) },
      answer: { id: `a${turns}`, role: 'assistant', content: answer, timestamp: at(1) },
      changes,
    };
    state = withTurns(state, [turn]);
    return answer;
  };
}

describe('rules', () => {
  it(
    'hold a conversation',
    () =>
      withTools(async (toolsOf, { sql }) => {
        const scripts: readonly (readonly [said: string, answer: string | RegExp])[][] = [
          [
            ['list my tasks', 'There is no open task.'],
            ['complete it', 'I do not know which task you mean: say its #id or words of its title.'],
            ['complete 1', /^I have not shown you a list yet/],
            ['add buy milk tomorrow at 9', 'Added “buy milk” (#1), due Thu 5 Mar 2026, 09:00 (UTC).'],
            ['postpone it to friday', 'Moved “buy milk” (#1) to Fri 6 Mar 2026, 09:00 (UTC).'],
            ['postpone it by 2 days', 'Moved “buy milk” (#1) to Sun 8 Mar 2026, 09:00 (UTC).'],
            ['my time zone is america/new_york', 'From now on I read times in America/New_York.'],
            // 9:00 UTC is 4:00 there, and that night the clock is changed.
            ['move it to monday', 'Moved “buy milk” (#1) to Mon 9 Mar 2026, 05:00 (America/New_York)'.concat('.')],
            ['remind me to call mom at 5pm', 'Added “call mom” (#2), due Wed 4 Mar 2026, 17:00 (America/New_York).'],
            ['add pay rent 2020-01-01', /^Added “pay rent” \(#3\).* That moment is past already\.$/],
            ['what is overdue', /^Your open tasks overdue:\n1\. “pay rent” \(#3\), due .*$/],
            ['what is due today', /^Your open tasks due today:\n1\. “call mom” \(#2\), due .*$/],
            ['list my tasks', /^Your open tasks:\n1\. “pay rent” \(#3\).*\n2\. “call mom” \(#2\).*\n3\. “buy milk” \(#1\).*$/],
            ['done 2', 'Done: “call mom” (#2).'],
            // The numbers of a list stay what they were.
            ['complete the first one', 'Done: “pay rent” (#3).'],
            ['complete 1', '“pay rent” (#3) was done already.'],
            ['delete 4', 'The last list had 3 entries. Say #4 for the task with that id.'],
            // Which one that is may be another than they think, and deleted is deleted.
            ['delete the last one', 'Delete “buy milk” (#1)? Say yes or no.'],
            ['forget it', 'All right, I did nothing.'],
            ['yes', 'I have not asked you anything that yes is an answer to, and did nothing.'],
            ['delete the last one', 'Delete “buy milk” (#1)? Say yes or no.'],
            ['2', /^“call mom” \(#2\)/],
            ['yes', 'I have not asked you anything that yes is an answer to, and did nothing.'],
            ['delete the last one', 'Delete “buy milk” (#1)? Say yes or no.'],
            ['yes', 'Deleted “buy milk” (#1).'],
            ['complete it', 'You have no task #1.'],
            ['complete #1', 'You have no task #1.'],
            ['show my done tasks', /1\. “pay rent” \(#3\).*, done\n2\. “call mom” \(#2\).*, done$/],
            ['delete everything', /^One task at a time, please/],
          ],
          [
            ['add buy milk', /^Added “buy milk” \(#4\)/],
            ['add milk the cow', /^Added “milk the cow” \(#5\)/],
            ['complete milk', 'Which one shall I complete?\n1. “milk the cow” (#5)\n2. “buy milk” (#4)\nSay its number, or #id.'],
            ['2', 'Done: “buy milk” (#4).'],
            // The question is answered: a number is only a number again.
            ['1', '“milk the cow” (#5)'],
            // Only one is open now.
            ['postpone milk to tomorrow', /^Moved “milk the cow” \(#5\) to Thu 5 Mar 2026, 09:00/],
            ['delete milk', /^Which one shall I delete\?/],
            ['never mind', 'All right, I did nothing.'],
            ['1', /^“milk the cow” \(#5\), due/],
            ['delete buy milk', 'Deleted “buy milk” (#4).'],
            ['add Team meeting notes', /^Added/],
            // A part of a word is none of its words.
            ['delete tea', 'I found no task with "tea" in its title.'],
            ['delete meeting', /^Delete “Team meeting notes” \(#6\)\? Say yes or no\.$/],
            ['delete it', 'Deleted “Team meeting notes” (#6).'],
            ['delete unicorn', 'I found no task with "unicorn" in its title.'],
            ['add milk the goat', /^Added “milk the goat” \(#7\)/],
            ['postpone milk by 1 week', /^Which one shall I postpone\?/],
            ['the second one', /^Moved “milk the cow” \(#5\) to Thu 12 Mar 2026, 09:00/],
          ],
          [
            ['add', /^I did not understand/],
            [`add ${'x'.repeat(201)}`, 'That title is too long: 200 characters are the most.'],
            ['add tomorrow', /^Added “tomorrow”/],
            ['add water plants every day', /^Tasks that repeat are made from templates/],
            ['postpone it', /^Until when\?/],
            ['postpone it to 9999-12-31', /^Until when\?/],
            ['my time zone is Mars/Base', /^I do not know the time zone/],
            ['x'.repeat(2_000), /^That is too long for me/],
            ['help', /- add buy milk tomorrow at 9\n/],
            ['add 100% _sure_ \\ fine', /^Added/],
            ['complete 100%', /^Done: “100% _sure_/],
          ],
        ];
        for (const script of scripts) {
          const say = speaker(toolsOf('u'));
          for (const [said, expected] of script) {
            const answer = await say(said);
            if (typeof expected === 'string') expect([said, answer]).toEqual([said, expected]);
            else expect([said, answer]).toEqual([said, expect.stringMatching(expected)]);
          }
        }
        // Every change that was told is an event, and nothing else is.
        const events = await sql`select body->>'event_type' as type, count(*)::int as count from outbox group by 1 order by 1`;
        expect(events.map(({ type, count }) => [type, count])).toEqual([
          ['task.completed', 4],
          ['task.created', 9],
          ['task.deleted', 3],
          ['task.updated', 5],
        ]);
        // Another user's ids are no ids.
        const stranger = speaker(toolsOf('someone else'));
        for (const text of ['complete #5', 'delete #5', 'postpone #5 to tomorrow', '#5'])
          expect(await stranger(text)).toBe('You have no task #5.');
        expect(await stranger('list')).toBe('There is no open task.');
      }),
    timeoutMs,
  );

  it(
    'list a bounded number, whatever there is',
    () =>
      withTools(async (toolsOf) => {
        const tools = toolsOf('u');
        for (let n = 0; n < 30; n += 1) await tools.create({ title: `milk ${n} ${'x'.repeat(180)}` });
        const say = speaker(tools);
        const answer = await say('list');
        expect(answer.split('\n')).toHaveLength(22);
        expect(answer.length).toBeLessThan(4_000);
        expect(answer).toMatch(/These are the newest 20; there are more\.$/);
        expect((await say('delete milk')).split('\n')).toHaveLength(12);
      }),
    timeoutMs,
  );

  it(
    'answer anything, never break, and never say much',
    () =>
      withTools(async (toolsOf) => {
        const say = speaker(toolsOf('u'));
        const word = fc.constantFrom(
          ...'add remind me to complete delete postpone move the # 2 #5 1 it milk tomorrow at 9 due list by % _ \\ \' " in 31 february 9999-12-31 in 9999 years last one for my done'.split(
            ' ',
          ),
        );
        const text = fc.oneof(
          fc.array(word, { minLength: 1, maxLength: 12 }).map((words) => words.join(' ')),
          // As the API lets it in: well-formed and without NUL.
          fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }).filter((each) => !each.includes('\0')),
        );
        await fc.assert(
          fc.asyncProperty(text, async (each) => {
            const answer = await say(each);
            expect(answer.length).toBeGreaterThan(0);
            expect(answer.length).toBeLessThan(4_000);
          }),
          { numRuns: 400 },
        );
      }),
    timeoutMs,
  );
});
