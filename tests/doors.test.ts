import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openDoors } from './doors.ts';

const root = join(import.meta.dirname, '..');
let copy: string;
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'plumbline-doors-'));
  // As much of it as the cases need: the whole is looked through once, below.
  for (const file of ['package.json', 'impl/kit/service.ts']) cpSync(join(root, file), join(copy, file));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** What is found when this stands in the second line of a file of that name. */
function withFile(file: string, line: string): string[] {
  const path = join(copy, 'impl', file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `// A service of ours.\n${line}\n`);
  try {
    return openDoors(copy).map((door) => `${door.file}:${door.line}: ${door.because}`);
  } finally {
    rmSync(path);
  }
}

it('the tree as it is opens none', () => {
  expect(openDoors(root)).toEqual([]);
});

describe('the guilty', () => {
  it.each([
    ['a client of the store', `import Redis from 'ioredis';`],
    ['a client of the broker', `import { Kafka } from 'kafkajs';`],
    ['a client of the broker, for its side effects', `import '@platformatic/kafka';`],
    ['a client nobody has listed', `export { default } from '@redis/client/dist/index.js';`],
    ['a package by its path', `import Redis from '../../node_modules/ioredis/built/index.js';`],
    ['a package by its address', `import x from 'https://packages.example/ioredis.js';`],
    ['axios beside the sidecar client', `import axios from 'axios';`],
    ['a database beside kit/postgres', `import connect from 'postgres';`],
    ['sockets', `import { connect } from 'node:net';`],
    ['sockets by their old name', `import net from 'net';`],
    ['sockets with TLS', `import tls from 'node:tls';`],
    ['datagrams', `import { createSocket } from 'node:dgram';`],
    ['requests', `import { request } from 'node:https';`],
    ['other programs', `import { spawn } from 'node:child_process';`],
    ['other threads', `import { Worker } from 'node:worker_threads';`],
    ['the process as a module', `import { getBuiltinModule } from 'node:process';`],
    ['fetch', `export const go = () => fetch('http://127.0.0.1:6379');`],
    ['fetch by another name', `const get = fetch; export { get };`],
    ['fetch handed on', `export const tools = { fetch };`],
    ['fetch off the global object', `export const go = () => globalThis['fetch']('http://127.0.0.1');`],
    ['a web socket', `export const socket = new WebSocket('ws://127.0.0.1');`],
    ['an event source', `export const source = new EventSource('http://127.0.0.1');`],
    ['a builtin without an import', `export const net = process.getBuiltinModule('node:net');`],
    ['a builtin out of a taken-apart process', `export const { getBuiltinModule } = process;`],
    ['a builtin by a computed name', `export const net = process['getBuiltin' + 'Module']('net');`],
    ['createRequire', `import { createRequire } from 'node:module'; export const net = createRequire(import.meta.url)('net');`],
    ['require', `export const net = require('net');`],
    ['a dynamic import', `export const redis = await import('ioredis');`],
    ['a dynamic import by a computed name', `export const redis = await import('io' + 'redis');`],
    ['eval', `export const run = (text: string) => eval(text);`],
    ['new Function', `export const run = (text: string) => new Function(text);`],
    ['Function by its constructor', `export const run = (text: string) => [].at.constructor(text);`],
    ['what only browsers run', `export * from '../frontend/page/api.js';`],
    ['the harness', `export * from '../../harness/process/kafka.ts';`],
  ])('%s is found with file and line', (_, line) => {
    const found = withFile('backend/guilty.ts', line);
    expect(found.length).toBeGreaterThan(0);
    for (const door of found) expect(door).toMatch(/^impl\/backend\/guilty\.ts:2: \S/);
  });

  it('a request out of the file that may only make servers', () => {
    const file = 'kit/service.ts';
    const before = readFileSync(join(copy, 'impl', file), 'utf8');
    writeFileSync(join(copy, 'impl', file), before.replace('import { createServer,', 'import { createServer, request,'));
    expect(openDoors(copy)).toEqual([{ file: `impl/${file}`, line: 2, because: expect.stringMatching(/not request$/) }]);
    writeFileSync(join(copy, 'impl', file), before);
  });

  it('a file that can not be looked through', () => {
    expect(withFile('backend/guilty.cjs', `module.exports = require('net');`)).toEqual([
      'impl/backend/guilty.cjs:1: only .ts and .js can be looked through',
    ]);
  });

  it('a new package, before anybody imports it', () => {
    const file = join(copy, 'package.json');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, before.replace('"koa":', '"kafkajs": "2.2.4",\n    "koa":'));
    expect(openDoors(copy)).toEqual([
      { file: 'package.json', line: expect.any(Number), because: expect.stringMatching(/^kafkajs /) },
    ]);
    writeFileSync(file, before);
  });
});

describe('the innocent', () => {
  it.each([
    ['what every service may use', 'backend/innocent.ts', `import Router from '@koa/router'; export default Router;`],
    ['types of what it may not use', 'backend/innocent.ts', `import type { Socket } from 'node:net'; export type S = Socket;`],
    ['the type of fetch', 'backend/innocent.ts', `export type Get = typeof fetch;`],
    ['a member that is called fetch', 'backend/innocent.ts', `export const go = (of: { fetch(): void }) => of.fetch();`],
    ['a word in a text', 'backend/innocent.ts', `export const text = "import('ioredis'), fetch, eval";`],
    ['a constructor of its own', 'backend/innocent.ts', `export class Innocent { constructor() {} }`],
    ['axios in the sidecar client', 'kit/sidecar/innocent.ts', `import axios from 'axios'; export default axios;`],
    ['mail where mails are sent', 'notification/channel/email/innocent.ts', `export * from 'nodemailer';`],
    ['fetch in a page', 'frontend/page/innocent.js', `export const go = () => fetch('/api/tasks');`],
  ])('%s', (_, file, line) => {
    expect(withFile(file, line)).toEqual([]);
  });
});
