/** One stress suite for the whole family of Startables, with the real programs. */
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { chmod, cp, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Producer, stringSerializers } from '@platformatic/kafka';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { createTransport } from 'nodemailer';
import sql from 'postgres';
import { type Daprd, daprd } from '../../../harness/process/daprd.ts';
import { allPids } from '../../../harness/process/family.ts';
import { claimFolder } from '../../../harness/process/folder.ts';
import { type Identity, identity } from '../../../harness/process/identity.ts';
import { type Kafka, kafka } from '../../../harness/process/kafka.ts';
import type { Part } from '../../../harness/process/part.ts';
import { claimPorts } from '../../../harness/process/ports.ts';
import { type Postgres, postgres } from '../../../harness/process/postgres.ts';
import { type Redis, redis } from '../../../harness/process/redis.ts';
import { openScope, type Scope, type Startable } from '../../../harness/process/scope.ts';
import { service } from '../../../harness/process/service.ts';
import { type Sink, sink } from '../../../harness/process/sink.ts';
import { until } from '../../../harness/process/until.ts';
import { type Zipkin, zipkin } from '../../../harness/process/zipkin.ts';
import type { Tool } from '../../../harness/toolchain/tool.ts';
import { toolchain } from '../../../harness/toolchain/toolchain.ts';
import { fixture } from './scene.ts';
import { componentTypes } from '../../own-project.ts';

const toolNames = ['daprd', 'kafka', 'postgres', 'redis', 'zipkin'] as const;
type Names = (typeof toolNames)[number] | 'sink' | 'identity';
let tools: Record<(typeof toolNames)[number], Tool>;

// The first run on a bare machine builds daprd.
beforeAll(async () => {
  tools = await toolchain(toolNames, { components: componentTypes, progress: () => {}, signal: AbortSignal.timeout(900_000) });
}, 900_000);

interface Stage {
  readonly scope: Scope;
  readonly folder: string;
}

/** How each member of the family is made, and how a stranger sees that it works. */
interface Member {
  readonly cycles: number;
  make(stage: Stage): Promise<Startable<Part>>;
  /** Writes something, or reads what was written before the kill. */
  write(part: Part): Promise<void>;
  read(part: Part): Promise<string>;
  readonly kept: string;
  /** The part itself runs (not a step before it) and has begun its work. */
  isNearlyReady(folder: string): boolean;
}

const promise = { from: 'tasks@mail.example', to: 'promise@mail.example', subject: 'kept', text: 'kept' };
const promised = 'feedfacefeedface';

const members: Record<Names, Member> = {
  redis: {
    cycles: 10,
    make: async ({ folder }) => redis({ tool: tools.redis, folder }),
    write: async (part) => void (await redisSays((part as Redis).address, 'SET promise kept')),
    read: (part) => redisSays((part as Redis).address, 'GET promise'),
    kept: '$4\r\nkept',
    isNearlyReady: (folder) => logSays(folder, 'redis.log', 'Running mode=standalone'),
  },
  postgres: {
    cycles: 3,
    make: async ({ folder }) => postgres({ tool: tools.postgres, folder }),
    write: async (part) => void (await query(part, "create table promise as select 'kept' as word")),
    read: (part) => query(part, 'select word from promise'),
    kept: '[{"word":"kept"}]',
    isNearlyReady: (folder) => logSays(folder, 'postgres.log', 'starting PostgreSQL'),
  },
  kafka: {
    cycles: 3,
    make: async ({ folder }) => kafka({ tool: tools.kafka, folder }),
    async write(part) {
      await (part as Kafka).createTopics([{ name: 'promises', partitions: 3 }]);
      await produce(part as Kafka);
    },
    read: (part) => produce(part as Kafka),
    // The second record of the partition: the first one is still there.
    kept: '1',
    isNearlyReady: (folder) => existsSync(join(folder, 'kafka', 'log', '__cluster_metadata-0')),
  },
  daprd: {
    cycles: 5,
    make: ({ scope, folder }) => sidecar(scope, folder),
    write: (part) => (part as Daprd).appReady(),
    read: async (part) => String((await fetch(`${(part as Daprd).url}/v1.0/invoke/server/method/`)).status),
    kept: '200',
    isNearlyReady: (folder) => logSays(folder, 'server-sidecar.log', 'level'),
  },
  zipkin: {
    cycles: 2,
    make: async ({ folder }) => zipkin({ tool: tools.zipkin, folder }),
    async write(part) {
      const span = { traceId: promised, id: promised, timestamp: Date.now() * 1000 };
      const body = JSON.stringify([span]);
      await fetch((part as Zipkin).spansUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      await until('the span is there', async () => ((await (part as Zipkin).trace(promised)).length > 0 ? true : undefined), {
        everyMs: 20,
        giveUpMs: 5_000,
      });
    },
    read: async (part) => JSON.stringify(await (part as Zipkin).trace(promised)),
    // In memory only: a trace ends with the life that took it in.
    kept: '[]',
    isNearlyReady: (folder) => logSays(folder, 'zipkin.log', 'Serving HTTP'),
  },
  sink: {
    cycles: 5,
    make: async ({ folder }) => sink({ folder }),
    write: async (part) => void (await createTransport((part as Sink).smtpUrl).sendMail(promise)),
    read: async (part) => String((await (part as Sink).messages('promise@mail.example')).length),
    kept: '1',
    isNearlyReady: (folder) => existsSync(join(folder, 'sink', 'push-certificate.pem')),
  },
  identity: {
    cycles: 5,
    make: async ({ folder }) => identity({ folder, clients: [], audience: 'urn:promise' }),
    write: async () => {},
    // The key is the one that tokens of the first life were signed with.
    async read(part) {
      const { issuer, token } = part as Identity;
      const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
      return String((await jwtVerify(await token({ sub: 'ada' }), keys, { issuer, audience: 'urn:promise' })).payload.sub);
    },
    kept: 'ada',
    isNearlyReady: (folder) => existsSync(join(folder, 'identity', 'settings.json')) && runningIn(folder).length > 0,
  },
};

describe.each(Object.entries(members))('%s', (name, member) => {
  it(`starts and stops ${member.cycles} times and leaves nothing`, async () => {
    for (let cycle = 0; cycle < member.cycles; cycle += 1) {
      await onStage(async (stage) => {
        const part = await stage.scope.use(await member.make(stage));
        expect(runningIn(stage.folder)).toContain(part.pid);
        await part.stop();
        expect((await part.exited).reason).toBe('stopped by us');
        await part.stop();
      });
    }
  }, 60_000);

  it(
    'keeps what it was given over a kill, and serves again on its old address',
    () =>
      onStage(async (stage) => {
        const part = await stage.scope.use(await member.make(stage));
        await member.write(part);
        await part.kill();
        expect((await part.exited).reason).toBe('killed by us');
        await part.revive();
        expect(await member.read(part)).toBe(member.kept);
        // Still paused when the scope closes: it must be stopped all the same.
        await part.pause();
        expect(/^State:\s+(\w)/m.exec(readFileSync(`/proc/${part.pid}/status`, 'utf8'))?.[1]).toBe('T');
      }),
    60_000,
  );

  it('is stopped when it is interrupted at any moment of its start', async () => {
    // From the first breath to nearly ready, by what has happened and not by the clock.
    for (const moment of [() => true, (folder: string) => runningIn(folder).length > 0, member.isNearlyReady]) {
      await onStage(async (stage) => {
        const interrupt = new AbortController();
        const scope = openScope({ title: name, signal: interrupt.signal });
        const started = member.make({ ...stage, scope }).then((thing) => scope.use(thing));
        const outcome = started.then(
          () => 'was ready before',
          (error: Error) => error.message,
        );
        await until('the moment', () => (moment(stage.folder) ? true : undefined), { everyMs: 1, giveUpMs: 20_000 });
        interrupt.abort(new Error('Ctrl-C'));
        expect(['was ready before', 'Ctrl-C']).toContain(await outcome);
        await scope.close();
        expect(runningIn(stage.folder)).toEqual([]);
      });
    }
  }, 60_000);
});

describe('postgres as root', () => {
  const isRoot = process.getuid?.() === 0;

  it('runs from a tree and in a folder that only root can enter', async () => {
    if (!isRoot) return expect(process.getuid?.()).not.toBe(0);
    const closed = await mkdtemp(join(tmpdir(), 'plumbline-closed-'));
    const scope = openScope({ title: 'closed' });
    try {
      const tree = join(closed, 'native');
      await cp(tools.postgres.path, tree, { recursive: true, verbatimSymlinks: true });
      await chmod(tree, 0o700);
      const part = await scope.use(postgres({ tool: { path: tree }, folder: closed }));
      expect(await query(part, 'select 1 as one')).toBe('[{"one":1}]');
    } finally {
      await scope.close();
      await rm(closed, { recursive: true });
    }
  }, 60_000);
});

/** A scope and a folder; afterwards no process may know that folder, and no port may be claimed by us. */
async function onStage(act: (stage: Stage) => Promise<void>): Promise<void> {
  const scope = openScope({ title: 'stage' });
  const folder = claimFolder(scope, { name: 'stage' });
  try {
    await act({ scope, folder });
  } finally {
    await scope.close();
  }
  expect(runningIn(folder)).toEqual([]);
  expect(existsSync(folder)).toBe(false);
  expect(claimedByUs()).toEqual([]);
}

afterAll(() => expect(claimedByUs()).toEqual([]));

/** Whoever stands in the folder or has it on its command line (Redis rewrites its own). A zombie has neither. */
function runningIn(folder: string): number[] {
  return allPids().filter((pid) => {
    try {
      if (readlinkSync(`/proc/${pid}/cwd`).startsWith(folder)) return true;
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
    } catch {
      return false;
    }
  });
}

function logSays(folder: string, file: string, words: string): boolean {
  const path = join(folder, 'logs', file);
  return existsSync(path) && readFileSync(path, 'utf8').includes(words);
}

function claimedByUs(): string[] {
  const locks = join(tmpdir(), 'plumbline-ports');
  return readdirSync(locks).filter((port) => {
    try {
      return readFileSync(join(locks, port), 'utf8').split(' ')[0] === String(process.pid);
    } catch {
      return false;
    }
  });
}

async function sidecar(scope: Scope, folder: string): Promise<Startable<Daprd>> {
  const [appPort] = (await claimPorts(scope, 1)) as [number];
  const resourcesPath = join(folder, 'resources');
  mkdirSync(resourcesPath);
  const state = {
    apiVersion: 'dapr.io/v1alpha1',
    kind: 'Component',
    metadata: { name: 'state' },
    spec: { type: 'state.in-memory', version: 'v1' },
  };
  writeFileSync(join(resourcesPath, 'state.yaml'), JSON.stringify({ ...state, spec: { ...state.spec, metadata: [] } }));
  const command = ['node', fixture('answers-http.mjs')];
  const healthUrl = `http://127.0.0.1:${appPort}/`;
  await scope.use(service({ title: 'server', folder, command, cwd: folder, env: { PORT: String(appPort) }, healthUrl }));
  return daprd({ title: 'server-sidecar', folder, tool: tools.daprd, appId: 'server', appPort, resourcesPath });
}

async function query(part: Part, statement: string): Promise<string> {
  const client = sql((part as Postgres).url, { max: 1 });
  try {
    return JSON.stringify(await client.unsafe(statement));
  } finally {
    await client.end();
  }
}

function redisSays(address: string, command: string): Promise<string> {
  const [host, port] = address.split(':') as [string, string];
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), host, () => socket.write(`${command}\r\n`));
    socket.on('error', reject);
    socket.on('data', (bytes) => {
      socket.destroy();
      resolve(String(bytes).trim());
    });
  });
}

/** The offset its record got. */
async function produce({ brokers }: Kafka): Promise<string> {
  const producer = new Producer({ clientId: 'test', bootstrapBrokers: [brokers], serializers: stringSerializers });
  try {
    const { offsets } = await producer.send({ messages: [{ topic: 'promises', key: 'k', value: 'v', partition: 0 }], acks: -1 });
    return String(offsets?.[0]?.offset);
  } finally {
    await producer.close();
  }
}
