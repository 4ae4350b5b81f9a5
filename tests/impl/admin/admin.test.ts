import { expect, it } from '@jest/globals';
import { admin } from '../../../impl/admin/admin.ts';

async function called(words: string, env: Record<string, string> = {}) {
  const [said, complained]: [string[], string[]] = [[], []];
  const code = await admin(
    words.split(' ').filter((word) => word !== ''),
    env,
    (line) => said.push(line),
    (line) => complained.push(line),
  );
  return { code, said: said.join('\n'), complained: complained.join('\n') };
}

it.each([
  ['', 2],
  ['--help', 0],
  ['parked list --help', 0],
])('"%s" tells how to use it', async (words, code) => {
  expect(await called(words)).toMatchObject({ code, said: expect.stringContaining('todo-admin parked release <id...|--all>') });
});

it.each([
  ['parked', 'not understood: parked'],
  ['parked relase x', 'not understood: parked relase x'],
  ['parked list x', 'not understood'],
  ['parked release', 'wants either ids or --all'],
  ['parked release --all x', 'wants either ids or --all'],
  ['parked release --force', 'not understood'],
  ['dead-letters discard --all', 'wants ids'],
  ['constructor x', 'not understood'],
])('"%s" is refused before anything is opened', async (words, because) => {
  expect(await called(words, { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/x' })).toMatchObject({
    code: 2,
    complained: expect.stringMatching(new RegExp(`${because}.*npx todo-admin --help$`)),
  });
});

it('says that the database is not named', async () => {
  expect(await called('parked list')).toEqual({
    code: 2,
    said: '',
    complained: expect.stringContaining('DATABASE_URL is not set'),
  });
});

it('says that the database does not answer', async () => {
  const { code, complained } = await called('parked list', { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/x' });
  expect([code, complained]).toEqual([2, expect.stringContaining('the database did not do it: connect ECONNREFUSED')]);
  // The pool is given its time to end.
}, 20_000);
