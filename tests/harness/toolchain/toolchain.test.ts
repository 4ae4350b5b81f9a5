import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { make } from '../../../harness/toolchain/make.ts';
import type { Recipe } from '../../../harness/toolchain/recipe.ts';
import { recipesFor, toolchain, type ToolName } from '../../../harness/toolchain/toolchain.ts';

let room: string;
beforeEach(() => {
  room = mkdtempSync(join(tmpdir(), 'plumbline-toolchain-'));
});
afterEach(() => rmSync(room, { recursive: true, force: true }));

/** An executable that answers; nothing of the real machine is on these PATHs. */
function script(path: string, body: string): string {
  const whole = join(room, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return whole;
}
const fakeK6 = (path: string, version: string) => script(path, `echo 'k6 v${version} (go1.26.8, linux/amd64)'`);
/** Its `install` counts itself and writes a k6 into $GOBIN. */
const fakeGo = (
  version = '1.26.8',
  install = `echo x >> ${room}/installs; printf '#!/bin/sh\\necho k6 v1.8.1\\n' > $GOBIN/k6; /bin/chmod 755 $GOBIN/k6`,
) => script('go/go', `if [ "$1" = version ]; then echo 'go version go${version} linux/amd64'; else ${install}; fi`);

function run<N extends ToolName>(
  names: readonly N[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal = new AbortController().signal,
) {
  const lines: string[] = [];
  const progress = (line: { tool: string; text: string; done: boolean }) =>
    lines.push(`${line.done ? 'done' : '...'} ${line.tool}: ${line.text}`);
  return {
    lines,
    tools: toolchain(names, { progress, signal, cache: join(room, 'cache'), env: { HOME: join(room, 'home'), ...env } }),
  };
}

describe('the search', () => {
  it('takes the variable before PATH', async () => {
    fakeK6('path/k6', '1.8.1');
    const explicit = fakeK6('explicit/k6', '1.8.9');
    const { k6 } = await run(['k6'], { PATH: join(room, 'path'), PLUMBLINE_K6: explicit }).tools;
    expect(k6).toEqual({ name: 'k6', version: '1.8.9', path: explicit, from: 'PLUMBLINE_K6' });
  });

  it.each([
    [
      'of a wrong version',
      () => fakeK6('explicit/k6', '1.7.0'),
      /^TOOL_WRONG: PLUMBLINE_K6=.* is 1\.7\.0, wanted is 1\.8\.x\. .* or unset it/,
    ],
    ['that does not run', () => script('explicit/k6', 'exit 3'), /^TOOL_WRONG: PLUMBLINE_K6=.* is not a usable k6/],
    ['that is not there', () => join(room, 'nowhere'), /^TOOL_MISSING: PLUMBLINE_K6=.*nowhere does not exist/],
  ])('refuses a variable that points at something %s, though PATH has a good one', async (_what, place, message) => {
    fakeK6('path/k6', '1.8.1');
    await expect(run(['k6'], { PATH: join(room, 'path'), PLUMBLINE_K6: place() }).tools).rejects.toThrow(message);
  });

  it('passes over a wrong version on PATH, says so, and takes the next', async () => {
    const wrong = fakeK6('old/k6', '1.7.0');
    const right = fakeK6('new/k6', '1.8.2');
    const { lines, tools } = run(['k6'], { PATH: `${join(room, 'old')}:${join(room, 'new')}` });
    expect((await tools).k6).toEqual({ name: 'k6', version: '1.8.2', path: right, from: 'PATH' });
    expect(lines).toContain(`... k6: ${wrong} is 1.7.0, wanted is 1.8.x: not used`);
  });

  it('knows ~/.dapr/bin, and takes only exactly the wanted daprd', async () => {
    const path = script('home/.dapr/bin/daprd', 'echo 1.18.2');
    script('path/daprd', 'echo 1.18.3');
    const { daprd } = await run(['daprd'], { PATH: join(room, 'path') }).tools;
    expect(daprd).toEqual({ name: 'daprd', version: '1.18.2', path, from: '~/.dapr/bin' });
  });

  it('takes a folder of jars only when it can be set up and Java runs', async () => {
    const env = { PATH: join(room, 'java'), PLUMBLINE_KAFKA: join(room, 'jars') };
    mkdirSync(env.PLUMBLINE_KAFKA);
    writeFileSync(join(env.PLUMBLINE_KAFKA, 'kafka_2.13-4.1.1.jar'), '');
    await expect(run(['kafka'], env).tools).rejects.toThrow('it holds no kafka-tools-<version>.jar');
    writeFileSync(join(env.PLUMBLINE_KAFKA, 'kafka-tools-4.1.1.jar'), '');
    await expect(run(['kafka'], env).tools).rejects.toThrow(/TOOL_MISSING: java not found; needed to run kafka/);
    script('java/java', `echo 'openjdk version "11.0.2"' >&2`);
    await expect(run(['kafka'], env).tools).rejects.toThrow(/java 11\.0\.2 is too old/);
    script('java/java', `echo 'openjdk version "21.0.2"' >&2`);
    expect((await run(['kafka'], env).tools).kafka.version).toBe('4.1.1');
  });

  it('takes a Zipkin only under the name that tells its version', async () => {
    script('java/java', `echo 'openjdk version "21.0.2"' >&2`);
    const jar = (name: string) => ({ PATH: join(room, 'java'), PLUMBLINE_ZIPKIN: script(name, '') });
    await expect(run(['zipkin'], jar('zipkin.jar')).tools).rejects.toThrow(
      /TOOL_WRONG: .* is not called zipkin-server-<version>-exec\.jar/,
    );
    await expect(run(['zipkin'], jar('zipkin-server-2.24.1-exec.jar')).tools).rejects.toThrow(/is 2\.24\.1, wanted is 3\.x/);
    expect((await run(['zipkin'], jar('zipkin-server-3.5.0-slim.jar')).tools).zipkin.version).toBe('3.5.0');
  });

  it.each([
    ['chromium', 'Chromium 156.0.8078.79 built on Debian GNU/Linux 12 (bookworm)', '156.0.8078.79'],
    ['chromium-browser', 'Chromium 120.0.6099.224 snap', '120.0.6099.224'],
    ['google-chrome', 'Google Chrome 131.0.6778.85 ', '131.0.6778.85'],
  ])('knows a browser called %s', async (name, answer, version) => {
    const path = script(`path/${name}`, `echo '[: unexpected operator' >&2; echo '${answer}'`);
    const { chromium } = await run(['chromium'], { PATH: join(room, 'path') }).tools;
    expect(chromium).toEqual({ name: 'chromium', version, path, from: 'PATH' });
  });

  it('tells everything that is missing at once, with the next step', async () => {
    const message = await run(['daprd', 'k6'], { PATH: '' }).tools.catch((error: Error) => error.message);
    expect(message).toMatch(
      /^TOOL_MISSING: go not found; needed to build daprd 1\.18\.2\. Install Go >= 1\.26 .* or set PLUMBLINE_DAPRD/,
    );
    expect(message).toMatch(/needed to build k6 1\.8\.1.* or set PLUMBLINE_K6/);
    expect(message).toMatch(/Try: npm run doctor$/);
  });

  it('does not build with a Go that is too old', async () => {
    fakeGo('1.25.1');
    await expect(run(['k6'], { PATH: join(room, 'go') }).tools).rejects.toThrow(/go 1\.25\.1 is too old/);
    expect(existsSync(join(room, 'installs'))).toBe(false);
  });
});

describe('making', () => {
  const installs = () => readFileSync(join(room, 'installs'), 'utf8').length / 2;

  it('happens once, then the cache is used', async () => {
    fakeGo();
    const first = await run(['k6'], { PATH: join(room, 'go') }).tools;
    expect(first.k6.from).toMatch(/^just made/);
    expect(first.k6.path).toBe(join(room, 'cache', 'k6', '1.8.1', 'k6'));
    const { lines, tools } = run(['k6'], { PATH: join(room, 'go') });
    expect((await tools).k6).toEqual({ ...first.k6, from: 'cache' });
    expect(lines).toEqual([`done k6: 1.8.1 (cache) ${first.k6.path}`]);
    expect(installs()).toBe(1);
  });

  it('happens again, after one line, when the cached one is damaged', async () => {
    fakeGo();
    const { k6 } = await run(['k6'], { PATH: join(room, 'go') }).tools;
    writeFileSync(k6.path, 'garbage');
    const { lines, tools } = run(['k6'], { PATH: join(room, 'go') });
    await tools;
    expect(lines.filter((line) => line.includes('damaged'))).toHaveLength(1);
    expect(readFileSync(k6.path, 'utf8')).toContain('k6 v1.8.1');
    expect(installs()).toBe(2);
  });

  it('that yields another version is no success', async () => {
    fakeGo('1.26.8', `printf '#!/bin/sh\\necho k6 v1.9.0\\n' > $GOBIN/k6; /bin/chmod 755 $GOBIN/k6`);
    await expect(run(['k6'], { PATH: join(room, 'go') }).tools).rejects.toThrow(
      /TOOL_BUILD_FAILED: .*\n.*what was made says it is 1\.9\.0/,
    );
    expect(readdirSync(join(room, 'cache', 'k6'))).toEqual([]);
  });

  it('that fails shows the last lines of its log and where the log is', async () => {
    fakeGo('1.26.8', 'for n in 1 2 3; do echo "line $n" >&2; done; exit 7');
    const message = await run(['k6'], { PATH: join(room, 'go') }).tools.catch((error: Error) => error.message);
    expect(message).toMatch(/^TOOL_BUILD_FAILED: k6 1\.8\.1 could not be made\.\n.*go install ended with 7; last output:/);
    expect(message).toMatch(/line 2\n\s+line 3\n\s+whole log: /);
    const log = /whole log: (.*)/.exec(String(message))?.[1] ?? '';
    expect(readFileSync(log, 'utf8')).toContain('line 1\nline 2\nline 3\n');
  });

  it('that is aborted ends its children, leaves nothing and tells the reason', async () => {
    fakeGo('1.26.8', `echo $$ > ${room}/pid; exec /bin/sleep 600`);
    const stop = new AbortController();
    const outcome = run(['k6'], { PATH: join(room, 'go') }, stop.signal).tools.catch((error: Error) => error.message);
    const giveUpAt = Date.now() + 10_000;
    while (!(existsSync(`${room}/pid`) && readFileSync(`${room}/pid`, 'utf8').endsWith('\n')) && Date.now() < giveUpAt)
      await pause(10);
    stop.abort(new Error('Ctrl-C'));
    expect(await outcome).toBe('Ctrl-C');
    expect(() => process.kill(Number(readFileSync(`${room}/pid`, 'utf8')), 0)).toThrow('ESRCH');
    expect(readdirSync(join(room, 'cache', 'k6'))).toEqual([]);
  });

  it('tries the next way with empty folders when one fails', async () => {
    const write = (into: string, answer: string) =>
      writeFileSync(join(into, 'k6'), `#!/bin/sh\necho ${answer}\n`, { mode: 0o755 });
    const recipe: Recipe = {
      ...recipesFor().k6,
      ways: [
        {
          title: 'make a bad one',
          needs: [],
          build: async ({ into }) => {
            write(into, 'nonsense');
            writeFileSync(join(into, 'debris'), '');
          },
        },
        { title: 'make a good one', needs: [], build: async ({ into }) => write(into, 'k6 v1.8.1') },
      ],
    };
    const [bad, good] = recipe.ways;
    if (bad === undefined || good === undefined) throw new Error('two ways are needed');
    const around = { env: {}, cache: room, signal: new AbortController().signal };
    const said: string[] = [];
    const toMake = { ways: [bad, good] as const, place: { cache: room, tool: 'k6', key: '1.8.1' } };
    const tool = await make(recipe, toMake, around, ({ text }) => said.push(text));
    expect(tool.version).toBe('1.8.1');
    expect(said).toContain('making k6 1.8.1: could not make a bad one, trying the next way');
    expect(readdirSync(dirname(tool.path)).sort()).toEqual(['contents.json', 'k6']);
  });
});
