/** How a service starts and stops, seen from outside: a real process, signals, and what clients notice. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '#harness/process/until.ts';

interface Line {
  readonly msg: string;
  readonly step?: string;
  readonly number?: number;
  readonly path?: string;
  readonly request_id?: string;
  readonly trace_id?: string;
}

let child: ChildProcess | undefined;
afterEach(() => void child?.kill('SIGKILL'));

async function start(env: Record<string, string> = {}) {
  const port = await freePort();
  const started = spawn(process.execPath, [join(import.meta.dirname, 'fixtures/slow-service.ts')], {
    env: { PATH: process.env.PATH, APP_PORT: String(port), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child = started;
  const lines: Line[] = [];
  let rest = '';
  started.stdout.setEncoding('utf8').on('data', (text: string) => {
    const texts = (rest + text).split('\n');
    rest = texts.pop() ?? '';
    for (const line of texts) lines.push(JSON.parse(line) as Line);
  });
  const exited = once(started, 'exit').then(([code]) => code as number);
  const said = (what: string) => lines.some((line) => line.step === what || line.msg === what);
  const saying = (what: string) =>
    until(`it says ${what}`, () => (said(what) ? true : undefined), { everyMs: 10, giveUpMs: 10_000 });
  return { url: `http://127.0.0.1:${port}`, port, lines, exited, saying, process: started };
}

/** By their number: a line that found the pipe full is written after the next one. */
const steps = (lines: readonly Line[]) =>
  lines
    .filter((line) => line.step !== undefined)
    .sort((a, b) => (a.number ?? 0) - (b.number ?? 0))
    .map((line) => line.step);

describe('a service', () => {
  it('stops in order: requests and streams first, then what works beside them, then what all of it stood on', async () => {
    const service = await start();
    await service.saying('second started');
    const slow = fetch(`${service.url}/slow`);
    const stream = await fetch(`${service.url}/stream`);
    // Browsers open connections ahead of need and say nothing on them.
    const silent = connect(service.port, '127.0.0.1');
    await once(silent, 'connect');
    const silentClosed = once(silent, 'close');
    await service.saying('request began');

    const stoppedAt = performance.now();
    service.process.kill('SIGTERM');
    await service.saying('closing');
    const [refused] = (await once(connect(service.port, '127.0.0.1'), 'error').catch((error: unknown) => [error])) as [Error];
    expect(refused.message).toMatch('ECONNREFUSED'); // no new connection is taken
    const answer = await slow;
    expect([answer.status, answer.headers.get('connection'), await answer.json()]).toEqual([200, 'close', { done: true }]);
    expect(await stream.text()).toBe('event: hello\n\nevent: bye\n\n');
    await silentClosed;
    expect(await service.exited).toBe(0);
    expect(performance.now() - stoppedAt).toBeLessThan(5_000);
    expect(steps(service.lines).slice(2)).toEqual([
      'request began',
      'closing',
      'request answered',
      'second stopped',
      'first stopped',
      'pools closed',
    ]);
    expect(service.lines.some((line) => line.msg === 'stopped')).toBe(true);
  });

  it('exits at once when it is told twice', async () => {
    const service = await start();
    await service.saying('second started');
    void fetch(`${service.url}/slow`).catch(() => {});
    await service.saying('request began');
    service.process.kill('SIGTERM');
    await service.saying('closing');
    service.process.kill('SIGTERM');
    expect(await service.exited).toBe(1);
    expect(steps(service.lines)).not.toContain('pools closed');
  });

  it('names the request and the trace in each line, and continues a trace that came in', async () => {
    const service = await start();
    await service.saying('second started');
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00';
    await fetch(`${service.url}/release`, { method: 'POST', headers: { traceparent, 'X-Request-ID': 'mine' } });
    await fetch(`${service.url}/release`, { method: 'POST' });
    await service.saying('request');
    const [first, second] = await until(
      'both lines are there',
      () => {
        const found = service.lines.filter((line) => line.path === '/release');
        return found.length === 2 ? found : undefined;
      },
      { everyMs: 10, giveUpMs: 5_000 },
    );
    expect(first).toMatchObject({ request_id: 'mine', trace_id: traceparent.slice(3, 35) });
    expect(second?.trace_id).toMatch(/^[\da-f]{32}$/);
    expect(second?.trace_id).not.toBe(first?.trace_id);
  });

  it('counts requests by route, and tells its own numbers', async () => {
    const service = await start();
    await service.saying('second started');
    await fetch(`${service.url}/release`, { method: 'POST' });
    const missing = await fetch(`${service.url}/nowhere/42`);
    expect([missing.status, missing.headers.get('x-before')]).toEqual([404, 'yes']);
    const text = await (await fetch(`${service.url}/metrics`)).text();
    expect(text).toMatch(/http_server_request_duration_seconds_count\{method="POST",route="\/release",status="200"\} 1/);
    expect(text).toMatch(/http_server_request_duration_seconds_count\{method="GET",route="none",status="404"\} 1/);
    expect(text).not.toMatch('metrics",status');
    expect(text).toMatch('nodejs_eventloop_lag_seconds');
  });

  it('says all that is wrong with its environment and exits with 78', async () => {
    const service = await start({ APP_PORT: 'x', TRACE_RATIO: '2' });
    expect(await service.exited).toBe(78);
    const said = service.lines.map((line) => line.msg).join('\n');
    expect(said).toMatch('APP_PORT');
    expect(said).toMatch('TRACE_RATIO');
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
