import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { secretsIn } from '../../../harness/run/secrets.ts';
import { scratchFolder } from '../plumbline.ts';

const scratch = scratchFolder();
afterAll(scratch.remove);
const token = `eyJ${'h'.repeat(20)}.eyJ${'p'.repeat(40)}.${'s'.repeat(43)}`;
const secrets = [
  { name: 'app token', value: 'abcdefghijklmnop' },
  { name: 'too short to be looked for', value: 'short' },
];

async function look(lines: readonly string[]) {
  const root = join(scratch.path, String(Math.random()));
  mkdirSync(join(root, 'logs/1'), { recursive: true });
  writeFileSync(join(root, 'logs/1/backend.log'), lines.join('\n'));
  return secretsIn(root, join(root, 'logs'), secrets);
}

it.each([
  ['a token of a user', `{"authorization":"Bearer ${token}"}`, "a user's token"],
  ['a secret of the run', 'dapr-api-token: abcdefghijklmnop', 'app token'],
])('finds %s, says where, and does not tell it', async (_what, line, name) => {
  const sought = await look(['well', line, 'short']);
  expect(sought).toEqual({
    files: 1,
    lines: 3,
    secrets: ['app token', "a user's token"],
    told: 1,
    where: [`logs/1/backend.log:2: ${name}`],
  });
});

it('finds nothing in ids, digests and paths', async () => {
  const innocent = [
    '/dapr/cron/reminder-cron',
    '01a2137a-9ef7-7f36-a119-5dc5331e772c',
    'f'.repeat(64),
    'eyJ',
    'sha256-abcdefghijklmno',
    'a.b.c',
  ];
  expect(await look(innocent)).toMatchObject({ told: 0, where: [] });
});

it('of many tells the first, and how many there are', async () => {
  const { told, where } = await look(Array.from({ length: 500 }, () => token));
  expect([told, where.length]).toEqual([500, 20]);
});

it('says that there was no log', async () => {
  expect(await secretsIn(scratch.path, join(scratch.path, 'none'), secrets)).toMatchObject({ files: 0, lines: 0, told: 0 });
});
