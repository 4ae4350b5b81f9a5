import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, it } from '@jest/globals';
import { running, threadsOf } from './running.ts';
import { start } from './plumbline.ts';

const sleeper = spawn('sleep', ['60'], { stdio: 'ignore' });
afterEach(() => void sleeper.kill('SIGKILL'));

it('tells what each thread of a process waits in', async () => {
  await once(sleeper, 'spawn');
  const [state, ...threads] = threadsOf(sleeper.pid ?? 0);
  expect(state).toMatch(/^[SR] \(/);
  expect(threads).toEqual([expect.stringMatching(/^(sleep|node) /)]);
});

it('tells that there is none', () => expect(threadsOf(4_194_304)).toEqual(['']));

it('knows a command until it has ended', async () => {
  const list = start(['--version']);
  expect(running.has(list.child)).toBe(true);
  await list.ended;
  expect(running.size).toBe(0);
});
