import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { spawnProcess } from '../../../harness/process/spawn.ts';
import { childrenIn, inScope, lives, program, untilTrue } from './scene.ts';

const isUp = (running: { title: string; logTail(): string }) =>
  untilTrue(`${running.title} is up`, () => running.logTail().includes('up'));

describe('a process', () => {
  it('stops on SIGTERM, and once more is fine', () =>
    inScope(async (_, folder) => {
      const running = await spawnProcess(program('forever.mjs', folder));
      await isUp(running);
      const exit = await running.stop({ graceMs: 5_000 });
      expect(exit).toEqual({ code: null, signal: 'SIGTERM', reason: 'stopped by us', logTail: 'up' });
      expect(await running.stop({ graceMs: 5_000 })).toEqual(exit);
      expect(await running.kill()).toEqual(exit);
      expect(lives(running.pid)).toBe(false);
    }));

  it('is killed after its grace when it ignores SIGTERM', () =>
    inScope(async (_, folder) => {
      const running = await spawnProcess(program('ignores-sigterm.mjs', folder));
      await isUp(running);
      const exit = await running.stop({ graceMs: 200 });
      expect(exit).toMatchObject({ signal: 'SIGKILL', reason: 'killed by us' });
      expect(exit.logTail).toContain('SIGTERM? no');
    }));

  for (const deed of ['stop', 'kill'] as const) {
    it(`takes its whole family along on ${deed}, those in another session too`, () =>
      inScope(async (_, folder) => {
        const running = await spawnProcess(program('forks-a-child.mjs', folder));
        const children = await childrenIn(running.logTail);
        expect(children.map(lives)).toEqual([true, true]);
        // On `stop` nobody tells the far child: it is killed when the grace is over.
        await running[deed]({ graceMs: 300 });
        expect([running.pid, ...children].filter(lives)).toEqual([]);
      }));
  }

  it('that crashed says so with its last words, and its children are ended', () =>
    inScope(async (_, folder) => {
      const crashed = await spawnProcess(program('crashes.mjs', folder));
      expect(await crashed.exited).toEqual({ code: 7, signal: null, reason: 'crashed', logTail: 'the disk is on fire' });
      const left = await spawnProcess(program('leaves-a-child.mjs', folder));
      const [child] = (await childrenIn(left.logTail)) as [number];
      await left.exited;
      // stop() after a crash doesn't turn it into one of our deeds.
      expect((await left.stop({ graceMs: 5_000 })).reason).toBe('crashed');
      expect(lives(child)).toBe(false);
    }));

  it('stands still when paused, goes on when resumed, and can be stopped meanwhile', () =>
    inScope(async (_, folder) => {
      const running = await spawnProcess(program('forks-a-child.mjs', folder));
      const family = [running.pid, ...(await childrenIn(running.logTail))];
      const states = () => family.map((pid) => /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
      await running.pause();
      await untilTrue('all stand still', () => states().every((state) => state === 'T'));
      await running.resume();
      await untilTrue('all go on', () => states().every((state) => state !== 'T'));
      await running.pause();
      expect((await running.stop({ graceMs: 300 })).signal).toBe('SIGTERM');
      expect(family.filter(lives)).toEqual([]);
    }));

  it('gets the environment it was given, and PATH, HOME, LANG', () =>
    inScope(async (_, folder) => {
      const running = await spawnProcess(program('prints-env.mjs', folder, { APP_PORT: '1', NODE_ENV: 'x' }));
      const names = JSON.parse((await running.exited).logTail) as string[];
      expect(names).toEqual(expect.arrayContaining(['APP_PORT', 'NODE_ENV', 'PATH']));
      expect(names.filter((name) => !['APP_PORT', 'NODE_ENV', 'PATH', 'HOME', 'LANG'].includes(name))).toEqual([]);
    }));

  it('that can not be started is one clear error', () =>
    inScope(async (_, folder) => {
      const options = program('forever.mjs', folder);
      await expect(spawnProcess({ ...options, command: 'no-such-program' })).rejects.toThrow(
        'SPAWN_FAILED: forever.mjs: no-such-program was not found on PATH. Try: npm run doctor',
      );
      await expect(spawnProcess({ ...options, cwd: '/no/such/folder' })).rejects.toThrow(
        'its folder /no/such/folder does not exist',
      );
      await expect(spawnProcess({ ...options, command: '/etc/passwd' })).rejects.toThrow('/etc/passwd may not be run');
    }));
});
