/** The moments that decide whether something is lost, brought about one by one. */
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { ConversationState } from '#contracts/types.ts';
import { until } from '../../../../harness/process/until.ts';
import { type Conversations, openConversations, type Question } from '../../../../impl/backend/chat/conversations.ts';
import { openStateWithFaults, type StateWithFaults } from './state-with-faults.ts';

const log = pino({ level: 'silent' });
const soon = { everyMs: 5, giveUpMs: 10_000 };
const question = (content: string): Question => ({ id: randomUUID(), answerId: randomUUID(), content });
const echo = async (state: ConversationState) => ({ text: `after ${state.messages.length}`, taskIds: [] });
const contents = ({ messages }: ConversationState) => messages.map((message) => message.content);

const running: Conversations[] = [];
async function open(state: StateWithFaults, mergesInBackground = true): Promise<Conversations> {
  const conversations = openConversations({ sidecar: state, log });
  if (mergesInBackground) {
    await conversations.merging.start();
    running.push(conversations);
  }
  return conversations;
}
afterEach(async () => {
  for (const conversations of running.splice(0)) await conversations.merging.stop();
});

const only = (state: StateWithFaults) => [...state.values.values()].map(({ value }) => value as ConversationState);
const stored = (state: StateWithFaults, wanted: readonly string[]) =>
  until(
    'stored',
    () => {
      const seen = only(state).flatMap(contents);
      if (JSON.stringify(seen) !== JSON.stringify(wanted)) throw new Error(JSON.stringify(seen));
      return true;
    },
    soon,
  );

describe('conversations', () => {
  it('a save that was done but never answered is not done twice', async () => {
    const state = openStateWithFaults();
    const conversations = await open(state);
    const { session_id } = (await conversations.create('u', {})).state;
    state.arm('save', 'done, unheard');
    const first = await conversations.converse('u', session_id, question('one'), echo);
    expect(first.isDegraded).toBe(true);
    await until('it knows', async () => ((await conversations.read('u', session_id)).isDegraded ? undefined : true), soon);
    await conversations.converse('u', session_id, question('two'), echo);
    await stored(state, ['one', 'after 0', 'two', 'after 2']);
  });

  it('a save that was lost is done again, without another word of the user', async () => {
    const state = openStateWithFaults();
    const conversations = await open(state);
    const { session_id } = (await conversations.create('u', {})).state;
    state.arm('save', 'lost');
    await conversations.converse('u', session_id, question('one'), echo);
    await stored(state, ['one', 'after 0']);
  });

  it('a session begun while the store was away is saved though nothing was said in it', async () => {
    const state = openStateWithFaults();
    const conversations = await open(state);
    state.always = 'refused';
    const begun = await conversations.create('u', { time_zone: 'Europe/Berlin' });
    expect(begun.isDegraded).toBe(true);
    state.always = null;
    await until('stored', () => (only(state).length === 1 ? true : undefined), soon);
    expect(only(state)[0]).toMatchObject({
      session_id: begun.state.session_id,
      context: { preferences: { time_zone: 'Europe/Berlin' } },
    });
  });

  it('a deleted conversation stays deleted, also when a save lands after all', async () => {
    const state = openStateWithFaults();
    const conversations = await open(state);
    const { session_id } = (await conversations.create('u', {})).state;
    state.arm('save', 'late');
    const said = conversations.converse('u', session_id, question('one'), echo);
    await until('the save is under way', () => (state.calls.includes('save late') ? true : undefined), soon);
    expect((await said).isDegraded).toBe(true);
    await conversations.remove('u', session_id);
    await until('erased', () => (state.values.size === 0 ? true : undefined), soon);
    state.release();
    expect(state.values.size).toBe(1);
    await until('erased again', () => (state.values.size === 0 ? true : undefined), soon);
    await expect(conversations.read('u', session_id)).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' });
  });

  it('a conversation deleted while its answer is thought about does not come back', async () => {
    const state = openStateWithFaults();
    const conversations = await open(state);
    const { session_id } = (await conversations.create('u', {})).state;
    const asked = Promise.withResolvers<void>();
    const thinking = Promise.withResolvers<void>();
    const said = conversations.converse('u', session_id, question('one'), async () => {
      asked.resolve();
      await thinking.promise;
      return { text: 'late', taskIds: [] };
    });
    const refused = expect(said).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' });
    await asked.promise;
    await conversations.remove('u', session_id);
    thinking.resolve();
    await refused;
    expect(state.values.size).toBe(0);
  });

  it('told to stop, it saves what it still holds; the background loop is not needed for it', async () => {
    const state = openStateWithFaults();
    const conversations = await open(state, false);
    const { session_id } = (await conversations.create('u', {})).state;
    state.arm('save', 'lost');
    await conversations.converse('u', session_id, question('one'), echo);
    expect(only(state).flatMap(contents)).toEqual([]);
    await conversations.merging.stop();
    expect(only(state).flatMap(contents)).toEqual(['one', 'after 0']);
  });

  it('the next request of a conversation saves what is left of it', async () => {
    const state = openStateWithFaults();
    const conversations = await open(state, false);
    const { session_id } = (await conversations.create('u', {})).state;
    state.arm('save', 'lost');
    await conversations.converse('u', session_id, question('one'), echo);
    await until('tried again', async () => ((await conversations.read('u', session_id)).isDegraded ? undefined : true), soon);
    expect(only(state).flatMap(contents)).toEqual(['one', 'after 0']);
  });

  it('an answer takes part in what was said before, also in an outage; and an outage is not paid for by every request', async () => {
    const state = openStateWithFaults();
    const conversations = await open(state, false);
    const { session_id } = (await conversations.create('u', {})).state;
    await conversations.converse('u', session_id, question('one'), echo);
    state.always = 'refused';
    const calls = state.calls.length;
    for (const text of ['two', 'three', 'four']) await conversations.converse('u', session_id, question(text), echo);
    expect(contents((await conversations.read('u', session_id)).state).filter((text) => text.startsWith('after'))).toEqual([
      'after 0',
      'after 2',
      'after 4',
      'after 6',
    ]);
    expect(state.calls.length - calls).toBe(1);
  });

  it('holds no more than it can, and refuses instead of forgetting, before anything is done', async () => {
    const state = openStateWithFaults();
    const conversations = await open(state, false);
    state.always = 'refused';
    const { session_id } = (await conversations.create('u', {})).state;
    for (let n = 0; n < 100; n += 1) await conversations.converse('u', session_id, question(`q${n}`), echo);
    const neverAsked = () => Promise.reject(new Error('the assistant was asked'));
    await expect(conversations.converse('u', session_id, question('one too many'), neverAsked)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    // Of one user twenty: the others have theirs.
    for (let n = 1; n < 20; n += 1) await conversations.create('u', {});
    await expect(conversations.create('u', {})).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    for (let n = 20; n < 500; n += 1) await conversations.create(`u${n % 40}`, {});
    await expect(conversations.create('someone else', {})).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(contents((await conversations.read('u', session_id)).state)).toHaveLength(50);
  });

  it('an unknown session is not found while the store answers, and can not be known while it does not', async () => {
    const state = openStateWithFaults();
    const conversations = await open(state);
    const unknown = randomUUID();
    await expect(conversations.read('u', unknown)).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' });
    await expect(conversations.converse('u', unknown, question('x'), echo)).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' });
    state.always = 'refused';
    await expect(conversations.read('u', unknown)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  it('a value that is no conversation counts as missing and is written over', async () => {
    const state = openStateWithFaults();
    const conversations = await open(state);
    const { session_id } = (await conversations.create('u', {})).state;
    const [key = ''] = [...state.values.keys()];
    state.values.set(key, { value: { what: 'is this' }, etag: 'x' });
    await expect(conversations.read('u', session_id)).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' });
    state.arm('get', 'refused');
    await conversations.converse('u', session_id, question('one'), echo);
    await stored(state, ['one', 'after 0']);
  });
});
