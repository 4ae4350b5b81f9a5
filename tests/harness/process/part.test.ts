import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type Part, startPart } from '../../../harness/process/part.ts';
import { claimPorts } from '../../../harness/process/ports.ts';
import type { Scope } from '../../../harness/process/scope.ts';
import { service } from '../../../harness/process/service.ts';
import { fixture, inScope, lives, program } from './scene.ts';

async function startServer(scope: Scope, folder: string): Promise<Part> {
  const [port] = (await claimPorts(scope, 1)) as [number];
  const url = `http://127.0.0.1:${port}/`;
  const command = ['node', fixture('answers-http.mjs')];
  return scope.use(service({ title: 'server', folder, command, cwd: folder, env: { PORT: String(port) }, healthUrl: url }));
}

describe('a part', () => {
  it('is stopped by its scope', () =>
    inScope(async (scope, folder) => {
      const part = await startServer(scope, folder);
      const { pid } = part;
      expect(lives(pid)).toBe(true);
      await scope.close();
      expect(lives(pid)).toBe(false);
      expect((await part.exited).reason).toBe('stopped by us');
    }));

  it('is looked at: well, standing still, gone, each in a sentence', () =>
    inScope(async (scope, folder) => {
      const part = await startServer(scope, folder);
      await part.lookAt(5_000);
      await part.pause();
      await expect(part.lookAt(5_000)).rejects.toThrow('server stands still (SIGSTOP)');
      await part.resume();
      await part.lookAt(5_000);
      await part.kill();
      await expect(part.lookAt(5_000)).rejects.toThrow('server does not run');
    }));

  it('is revived as often as it is killed, and not while it runs', () =>
    inScope(async (scope, folder) => {
      const part = await startServer(scope, folder);
      await expect(part.revive()).rejects.toThrow(/^STILL_RUNNING: server \(pid \d+\)/);
      const pids = new Set<number>([part.pid]);
      for (let cycle = 0; cycle < 3; cycle += 1) {
        await part.kill();
        expect((await part.exited).reason).toBe('killed by us');
        await part.revive();
        expect(lives(part.pid)).toBe(true);
        pids.add(part.pid);
      }
      expect(pids.size).toBe(4);
    }));

  it('remembers each time that it ended without being told to, and no other', () =>
    inScope(async (scope, folder) => {
      const part = await startServer(scope, folder);
      await part.kill();
      await part.revive();
      expect(part.crashes).toEqual([]);
      const before = Date.now();
      process.kill(part.pid, 'SIGKILL');
      await part.exited;
      expect(part.crashes).toEqual([{ at: expect.any(Number), exit: expect.objectContaining({ signal: 'SIGKILL' }) }]);
      expect(part.crashes[0]?.at).toBeGreaterThan(before - 100);
      await part.revive();
      expect(part.crashes).toHaveLength(1);
    }));

  it('is replaced at another address by whoever has one, and revived where it is', () =>
    inScope(async (scope, folder) => {
      const lives = ['first', 'second', 'third'];
      const at = () => ({ ...program('forever.mjs', folder), args: [fixture('forever.mjs'), lives.shift() ?? 'none'] });
      const part = await scope.use({
        title: 'moves',
        start: (own) =>
          startPart(own, {
            process: at(),
            graceMs: 1_000,
            ready: async () => {},
            argsElsewhere: async () => at().args,
          }),
      });
      const address = () => readFileSync(`/proc/${part.pid}/cmdline`, 'utf8').split('\0').at(-2);
      expect(address()).toBe('first');
      await part.kill();
      await part.replace();
      expect(address()).toBe('second');
      await part.kill();
      await part.revive();
      expect(address()).toBe('second');
    }));

  it('ends a start under way when it is killed', () =>
    inScope(async (scope, folder) => {
      const part = await startServer(scope, folder);
      await part.kill();
      const revival = part.revive();
      const refused = expect(revival).rejects.toThrow('STOPPED_WHILE_STARTING: server was killed before it was ready');
      await part.kill();
      await refused;
      expect(lives(part.pid)).toBe(false);
    }));

  it('that never gets ready is stopped when its scope is aborted', () =>
    inScope(async (scope, folder) => {
      const pid = Promise.withResolvers<number>();
      const child = scope.child('attempt');
      const start = child.use({
        title: 'never ready',
        start: (own) =>
          startPart(own, {
            process: program('forever.mjs', folder),
            graceMs: 5_000,
            ready: (running) => {
              pid.resolve(running.pid);
              return new Promise(() => {});
            },
          }),
      });
      const refused = expect(start).rejects.toThrow('SCOPE_CLOSED');
      const running = await pid.promise;
      expect(lives(running)).toBe(true);
      await child.close();
      await refused;
      expect(lives(running)).toBe(false);
    }));

  it('that crashes at its start says so', () =>
    inScope(async (scope, folder) => {
      const options = { title: 'crasher', folder, command: ['node', fixture('crashes.mjs')], cwd: folder, env: {} };
      const start = scope.use(service({ ...options, healthUrl: 'http://127.0.0.1:1/' }));
      await expect(start).rejects.toThrow(
        /^SERVICE_NOT_READY: crasher .*\(crashed, exit code 7\).*last log: "the disk is on fire"/,
      );
    }));
});
