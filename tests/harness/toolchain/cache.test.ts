import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cacheFolder, inspect, obtain, type Staging } from '../../../harness/toolchain/cache.ts';
import { runLogged } from '../../../harness/toolchain/command.ts';

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'plumbline-cache-'));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

const place = () => ({ cache, tool: 'toy', key: '1.0' });
const entry = (file = '') => join(cache, 'toy', '1.0', file);
const signal = new AbortController().signal;
const makeToy = async ({ into, scratch }: Staging) => {
  writeFileSync(join(into, 'toy'), 'the toy', { mode: 0o755 });
  writeFileSync(join(scratch, 'shavings'), 'left over');
  return '1.0.7';
};
const neverMake = () => Promise.reject(new Error('made although it was there'));

describe('an entry', () => {
  it('is made once, holds only what was meant, and is used afterwards', async () => {
    const first = await obtain(place(), { fill: makeToy, say: () => undefined, signal });
    expect(first).toEqual({ folder: entry(), version: '1.0.7', made: true });
    expect(readdirSync(entry()).sort()).toEqual(['contents.json', 'toy']);
    expect(readdirSync(join(cache, 'toy'))).toEqual(['1.0']);
    const second = await obtain(place(), { fill: neverMake, say: () => undefined, signal });
    expect(second).toEqual({ ...first, made: false });
  });

  it.each<[string, string, () => void]>([
    ['changed', 'changed: toy', () => writeFileSync(entry('toy'), 'the tox')],
    ['no longer executable', 'changed: toy', () => chmodSync(entry('toy'), 0o644)],
    ['missing', 'missing: toy', () => rmSync(entry('toy'))],
    ['added', 'added: stowaway.jar', () => writeFileSync(entry('stowaway.jar'), '')],
    ['unlisted', 'contents.json can not be read', () => appendFileSync(entry('contents.json'), '}')],
  ])('with a file %s is called damaged, in one line, and made again', async (_what, because, harm) => {
    await obtain(place(), { fill: makeToy, say: () => undefined, signal });
    expect(await inspect(place())).toEqual({ state: 'sound', version: '1.0.7' });
    harm();
    expect(await inspect(place())).toEqual({ state: 'damaged', because });
    const said: string[] = [];
    const again = await obtain(place(), { fill: makeToy, say: (text) => said.push(text), signal });
    expect(again.made).toBe(true);
    expect(said).toEqual([`the cached one is damaged (${because}); making it again`]);
    expect(readFileSync(entry('toy'), 'utf8')).toBe('the toy');
    expect(await inspect(place())).toEqual({ state: 'sound', version: '1.0.7' });
  });

  it('is absent, with nothing beside it, when making it fails', async () => {
    const fill = async (staging: Staging) => {
      await makeToy(staging);
      throw new Error('the lathe broke');
    };
    await expect(obtain(place(), { fill, say: () => undefined, signal })).rejects.toThrow('the lathe broke');
    expect(readdirSync(join(cache, 'toy'))).toEqual([]);
    expect(await inspect(place())).toEqual({ state: 'absent' });
  });

  it('is absent, and its makers are dead, when the run is aborted', async () => {
    const stop = new AbortController();
    const pids = join(cache, 'pids');
    // A child and a grandchild: killing only the child would leave the other one running.
    const script = `sleep 600 & echo $! $$ > ${pids}.new; mv ${pids}.new ${pids}; wait`;
    const fill = async (staging: Staging) => {
      await makeToy(staging);
      await runLogged('/bin/sh', ['-c', script], {
        cwd: staging.scratch,
        env: process.env,
        signal: staging.signal,
        log: join(cache, 'log'),
      });
      return '1.0.7';
    };
    const making = obtain(place(), { fill, say: () => undefined, signal: stop.signal });
    const outcome = making.then(
      () => 'made',
      (error: Error) => error.message,
    );
    await until(() => existsSync(pids));
    const [grandchild = 0, child = 0] = readFileSync(pids, 'utf8').trim().split(' ').map(Number);
    expect([alive(grandchild), alive(child)]).toEqual([true, true]);
    stop.abort(new Error('enough'));
    expect(await outcome).toBe('enough');
    expect([alive(grandchild), alive(child)]).toEqual([false, false]);
    expect(readdirSync(join(cache, 'toy'))).toEqual([]);
  });
});

describe('two runs', () => {
  it('at once make it once: the second waits and uses it', async () => {
    const release = join(cache, 'release');
    const one = run(release);
    await until(() => one.said().includes('working\n'));
    const other = run(release);
    await until(() => other.said().includes('another run is making it; waiting for that one\n'));
    expect(existsSync(entry())).toBe(false);
    writeFileSync(release, '');
    expect(await Promise.all([one.exit, other.exit])).toEqual([0, 0]);
    expect([one.said().split('\n').at(-2), other.said().split('\n').at(-2)]).toEqual(['made', 'used']);
    expect(readFileSync(join(cache, 'makers'), 'utf8')).toBe(`${one.child.pid}\n`);
  });

  it('one killed: no half entry, and the next one removes its rest and ends what it left working', async () => {
    const killed = run(join(cache, 'never'), 'child');
    await until(() => existsSync(join(cache, 'child')) && readFileSync(join(cache, 'child'), 'utf8').endsWith('\n'));
    const orphan = Number(readFileSync(join(cache, 'child'), 'utf8'));
    killed.child.kill('SIGKILL');
    await killed.exit;
    expect(existsSync(entry())).toBe(false);
    expect(readdirSync(join(cache, 'toy')).filter((name) => name.startsWith('.staging-'))).toHaveLength(1);
    const next = await obtain(place(), { fill: makeToy, say: () => undefined, signal, lockStaleMs: 2_000 });
    expect(next.made).toBe(true);
    expect(readdirSync(join(cache, 'toy'))).toEqual(['1.0']);
    if (process.platform === 'linux') await until(() => !alive(orphan));
    else process.kill(orphan, 'SIGKILL');
  }, 15_000);
});

describe('the folder', () => {
  it('is the variable, else the user cache folder', () => {
    expect(cacheFolder({ PLUMBLINE_CACHE: '/a', XDG_CACHE_HOME: '/b', HOME: '/c' })).toBe('/a');
    expect(cacheFolder({ XDG_CACHE_HOME: '/b', HOME: '/c' })).toBe('/b/plumbline');
    expect(cacheFolder({ HOME: '/c' })).toBe('/c/.cache/plumbline');
  });
});

function run(release: string, mode = 'wait'): { child: ChildProcess; said: () => string; exit: Promise<number | null> } {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'slow-maker.ts'), cache, release, mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  return { child, said: () => said, exit: once(child, 'close').then(([code]) => code) };
}

async function until(fact: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + 10_000;
  while (!fact()) {
    if (Date.now() > giveUpAt) throw new Error(`never became true: ${fact}`);
    await pause(10);
  }
}

/** A zombie answers to a signal too; what counts is whether it still works. */
function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(process.platform === 'linux' ? readFileSync(`/proc/${pid}/stat`, 'utf8') : '');
  } catch {
    return false;
  }
}
