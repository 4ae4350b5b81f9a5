/** Taking turns in is the same in any order and any number of times, and what is kept stays small. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { schemaAt } from '#kit/schemas.ts';
import {
  emptyConversation,
  holds,
  messagesMax,
  timeAfter,
  type Turn,
  withTurns,
} from '../../../../impl/backend/chat/conversation.ts';

const startMs = Date.parse('2026-03-04T10:00:00.000Z');
const begun = emptyConversation('u', '00000000-0000-4000-8000-000000000000', new Date(startMs).toISOString());
const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

function turn(n: number, content = `question ${n}`, changes: Turn['changes'] = { taskIds: [n] }): Turn {
  const at = (ms: number) => new Date(startMs + n * 1000 + ms).toISOString();
  return {
    question: { id: uuid(n * 2), role: 'user', content, timestamp: at(0) },
    answer: { id: uuid(n * 2 + 1), role: 'assistant', content: `answer ${n}`, timestamp: at(1) },
    changes,
  };
}

const turns = (count: number) => Array.from({ length: count }, (_, n) => turn(n + 1));

describe('conversation', () => {
  it('takes turns in: messages by time, tasks newest first', () => {
    const state = withTurns(begun, [turn(2), turn(1)]);
    expect(state.messages.map((message) => message.content)).toEqual(['question 1', 'answer 1', 'question 2', 'answer 2']);
    expect(state.context.task_ids).toEqual([2, 1]);
    expect(state.updated_at).toBe(turn(2).answer.timestamp);
    expect(schemaAt('state/conversation.json')(state)).toBe(true);
  });

  it('a turn taken in twice is there once, whatever else came between', () => {
    const all = turns(20);
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: 20 }), fc.subarray(all), fc.nat(20), (shuffled, again, cut) => {
        const bySteps = withTurns(withTurns(withTurns(begun, shuffled.slice(0, cut)), again), [...shuffled.slice(cut), ...again]);
        expect(bySteps.messages).toEqual(withTurns(begun, all).messages);
      }),
      { numRuns: 200 },
    );
  });

  it(`keeps the newest ${messagesMax} messages and tells about the others`, () => {
    const state = withTurns(begun, turns(40));
    expect(state.messages).toHaveLength(messagesMax);
    expect(state.messages.at(-1)?.content).toBe('answer 40');
    expect(state.context.summarised_count).toBe(80 - messagesMax);
    expect(state.context.summary?.split('\n')).toEqual(
      turns(15).flatMap(({ question, answer }) => [`user: ${question.content}`, `assistant: ${answer.content}`]),
    );
    expect(schemaAt('state/conversation.json')(state)).toBe(true);
  });

  it('what fell off does not come back, and is not counted again', () => {
    const state = withTurns(begun, turns(40));
    expect(withTurns(state, turns(40))).toBe(state);
    expect(withTurns(state, [turn(41)]).context.summarised_count).toBe(82 - messagesMax);
  });

  it('is bounded in bytes too, and keeps the last question and answer whatever they weigh', () => {
    const long = (n: number) => turn(n, '𝄞'.repeat(2_000));
    const state = Array.from({ length: 60 }, (_, n) => long(n + 1)).reduce((before, each) => withTurns(before, [each]), begun);
    expect(Buffer.byteLength(JSON.stringify(state))).toBeLessThan(140 * 1024);
    expect(state.messages.length + (state.context.summarised_count ?? 0)).toBe(120);
    expect(state.context.summary?.isWellFormed()).toBe(true);
    const huge = withTurns(begun, [turn(1), turn(2, 'x'.repeat(200_000))]);
    expect(huge.messages.map((message) => message.id)).toEqual([turn(2).question.id, turn(2).answer.id]);
  });

  it('keeps twenty tasks, each once', () => {
    const state = withTurns(begun, [
      turn(1, 'a', { taskIds: Array.from({ length: 30 }, (_, n) => n) }),
      turn(2, 'b', { taskIds: [7] }),
    ]);
    expect(state.context.task_ids).toEqual([7, ...Array.from({ length: 20 }, (_, n) => n).filter((n) => n !== 7)]);
  });

  it('what a turn does not change stays; null is a change', () => {
    const asked = withTurns(begun, [
      turn(1, 'a', { taskIds: [], asked: { verb: 'delete' }, listedIds: [3], preferences: { time_zone: 'UTC' } }),
    ]);
    const kept = withTurns(asked, [turn(2)]);
    expect(kept.context).toMatchObject({ asked: { verb: 'delete' }, listed_ids: [3], preferences: { time_zone: 'UTC' } });
    expect(withTurns(kept, [turn(3, 'c', { taskIds: [], asked: null })]).context.asked).toBeNull();
  });

  it('what comes in late changes nothing that is newer', () => {
    const [old, middle, recent] = [
      turn(1, 'a', {
        taskIds: [1],
        listedIds: [10],
        asked: { verb: 'delete', task_id: 10 },
        preferences: { time_zone: 'Asia/Tokyo' },
      }),
      turn(2, 'b', { taskIds: [2], listedIds: [20] }),
      turn(3, 'c', { taskIds: [3], asked: null }),
    ];
    const inOrder = withTurns(begun, [old, middle, recent]);
    expect(inOrder.context).toMatchObject({
      task_ids: [3, 2, 1],
      listed_ids: [20],
      asked: null,
      preferences: { time_zone: 'Asia/Tokyo' },
    });
    for (const late of [old, middle, recent]) {
      const others = [old, middle, recent].filter((each) => each !== late);
      const { task_ids, ...context } = withTurns(withTurns(begun, others), [late]).context;
      const { task_ids: tasks, ...same } = inOrder.context;
      expect(context).toEqual(same);
      expect(new Set(task_ids)).toEqual(new Set(tasks));
      expect(task_ids[0]).toBe(3);
    }
  });

  it('a turn that comes in when thirty others were had elsewhere is told in the summary, once', () => {
    const [cutOff, ...elsewhere] = turns(31) as [Turn, ...Turn[]];
    const state = withTurns(withTurns(begun, elsewhere), [cutOff]);
    expect(state.context.summary).toContain('user: question 1\nassistant: answer 1');
    expect(state.messages).toHaveLength(messagesMax);
    expect(state.context.summarised_count).toBe(62 - messagesMax);
    expect(holds(state, cutOff)).toBe(true);
    expect(withTurns(state, [cutOff])).toBe(state);
  });

  it('a question comes after what was said before, also when the clock is behind', () => {
    const state = withTurns(begun, [turn(5)]);
    expect(timeAfter(state, startMs)).toBe(new Date(startMs + 5_002).toISOString());
    expect(timeAfter(state, startMs + 9_000)).toBe(new Date(startMs + 9_000).toISOString());
    expect(timeAfter(begun, startMs)).toBe(new Date(startMs).toISOString());
  });
});
