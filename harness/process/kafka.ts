/** A Kafka broker of our own: KRaft, one node that is broker and controller. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AclOperations,
  type AclOperationValue,
  AclPermissionTypes,
  type AclPermissionTypeValue,
  Admin,
  ResourcePatternTypes,
  ResourceTypes,
} from '@platformatic/kafka';
import { type Part, startPart } from './part.ts';
import { claimPorts } from './ports.ts';
import { runOnce } from './run-once.ts';
import type { Startable } from './scope.ts';
import type { SpawnOptions } from './spawn.ts';
import { until } from './until.ts';

export interface KafkaOptions {
  /** The folder of jars. `java` is taken from PATH. */
  readonly tool: { readonly path: string };
  /** The run's folder: files go to `<folder>/kafka/`, the log to `<folder>/logs/kafka.log`. */
  readonly folder: string;
  /** Claimed by the caller; without it a free one is claimed. */
  readonly port?: number;
}

export interface Topic {
  readonly name: string;
  readonly partitions: number;
}

export interface Kafka extends Part {
  /** `127.0.0.1:40112`, as clients and Dapr components want it. */
  readonly brokers: string;
  /** Resolves when each partition has a leader. */
  createTopics(topics: readonly Topic[]): Promise<void>;
  /** Of one topic, by a rule, as after a slip in those of production. Resolves when the broker goes by it. */
  refuseWrites(topic: string): Promise<void>;
  takeWrites(topic: string): Promise<void>;
}

/** What differs from the broker's defaults, for the manifest. `broker.session.timeout.ms` keeps its 9 s. */
export const kafkaSettings = {
  'log.message.timestamp.type': 'LogAppendTime',
  'auto.create.topics.enable': 'false',
  'offsets.topic.num.partitions': '8',
  'offsets.topic.replication.factor': '1',
  'transaction.state.log.num.partitions': '2',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'group.initial.rebalance.delay.ms': '0',
  // Everybody may do everything, until a fault says otherwise of one topic.
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found': 'true',
} as const;

export function kafka({ tool, folder, port }: KafkaOptions): Startable<Kafka> {
  const title = 'kafka';
  return {
    title,
    async start(scope) {
      const [controllerPort, free] = (await claimPorts(scope, port === undefined ? 2 : 1)) as [number, number];
      const brokers = `127.0.0.1:${port ?? free}`;
      const own = join(folder, title);
      mkdirSync(own, { recursive: true });
      const propertiesFile = join(own, 'server.properties');
      writeFileSync(propertiesFile, properties(brokers, `127.0.0.1:${controllerPort}`, join(own, 'log')));

      const jvm = (flags: readonly string[], args: readonly string[]): SpawnOptions => ({
        title,
        command: 'java',
        args: [
          ...flags,
          '-XX:+UseSerialGC',
          '-XX:TieredStopAtLevel=1',
          '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
          '-cp',
          join(tool.path, '*'),
          ...args,
        ],
        cwd: own,
        env: {},
        logFile: join(folder, 'logs', `${title}.log`),
      });
      // Ids may start with a dash: hence `-t=`. A short-lived JVM is done before the second compiler pays.
      const id = randomBytes(16).toString('base64url');
      const format = ['kafka.tools.StorageTool', 'format', `-t=${id}`, '-c', propertiesFile];
      if (!existsSync(join(own, 'log', 'meta.properties'))) await runOnce(scope, jvm(['-XX:TieredStopAtLevel=1'], format));

      const part = await startPart(scope, {
        process: jvm(['-Xmx512m'], ['kafka.Kafka', propertiesFile]),
        // A controlled shutdown with clients attached takes longer than the 0.3 s of an idle broker.
        graceMs: 10_000,
        async ready(running, signal) {
          await until(`broker ${brokers} leads its partitions`, () => withAdmin(brokers, isLeading), {
            everyMs: 50,
            giveUpMs: 60_000,
            unless: running.exited,
            signal,
            code: 'KAFKA_NOT_READY',
            next: 'Try: npm run doctor',
            logTail: running.logTail,
          });
        },
      });
      return Object.assign(part, {
        brokers,
        async createTopics(topics: readonly Topic[]) {
          await withAdmin(brokers, async (admin) => {
            for (const { name, partitions } of topics) await admin.createTopics({ topics: [name], partitions, replicas: 1 });
          });
          await until(`topics on ${brokers} have leaders`, () => withAdmin(brokers, isLeading), {
            everyMs: 20,
            giveUpMs: 15_000,
            unless: part.exited,
            signal: scope.signal,
            code: 'KAFKA_TOPICS_NOT_READY',
            next: 'Try: npm run doctor',
            logTail: part.logTail,
          });
        },
        refuseWrites: (topic: string) =>
          untilAclsOf(topic, 2, (admin) => admin.createAcls({ creations: [allowAll(topic), denyWriting(topic)] })),
        takeWrites: (topic: string) => untilAclsOf(topic, 0, (admin) => admin.deleteAcls({ filters: [anyAcl(topic)] })),
      });

      /** Resolves when the broker itself goes by so many. */
      async function untilAclsOf(topic: string, wanted: number, change: (admin: Admin) => Promise<unknown>): Promise<void> {
        const count = async (admin: Admin) =>
          (await admin.describeAcls({ filter: anyAcl(topic) })).reduce((sum, { acls }) => sum + acls.length, 0);
        await until(
          `${topic} has ${wanted} rules`,
          () =>
            withAdmin(brokers, async (admin) => {
              if ((await count(admin)) !== wanted) await change(admin);
              const found = await count(admin);
              if (found !== wanted) throw new Error(`it has ${found}`);
              return true as const;
            }),
          {
            everyMs: 50,
            giveUpMs: 15_000,
            unless: part.exited,
            signal: scope.signal,
            code: 'KAFKA_RULES_NOT_CHANGED',
            next: 'Try: npm run doctor',
            logTail: part.logTail,
          },
        );
      }
    },
  };
}

const anybody = 'User:*';
const rule = (resourceName: string, operation: AclOperationValue, permissionType: AclPermissionTypeValue) => ({
  resourceType: ResourceTypes.TOPIC,
  resourceName,
  resourcePatternType: ResourcePatternTypes.LITERAL,
  principal: anybody,
  host: '*',
  operation,
  permissionType,
});
/** Where there is any rule, only what one allows is allowed. */
const allowAll = (topic: string) => rule(topic, AclOperations.ALL, AclPermissionTypes.ALLOW);
const denyWriting = (topic: string) => rule(topic, AclOperations.WRITE, AclPermissionTypes.DENY);
const anyAcl = (topic: string) => rule(topic, AclOperations.ANY, AclPermissionTypes.ANY);

const properties = (broker: string, controller: string, logFolder: string) =>
  Object.entries({
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@${controller}`,
    listeners: `BROKER://${broker},CONTROLLER://${controller}`,
    'advertised.listeners': `BROKER://${broker}`,
    'listener.security.protocol.map': 'BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'BROKER',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': logFolder,
    ...kafkaSettings,
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');

/** A client of its own for each question: no connection to a dead broker is ever met again. */
async function withAdmin<T>(brokers: string, ask: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Admin({
    clientId: 'plumbline',
    bootstrapBrokers: [brokers],
    retries: false,
    connectTimeout: 1_000,
    requestTimeout: 10_000,
  });
  try {
    return await ask(admin);
  } finally {
    await admin.close();
  }
}

/** The port opens long before the broker may serve: only metadata with the broker and a leader everywhere is a fact. */
async function isLeading(admin: Admin): Promise<true | undefined> {
  const topics = await admin.listTopics();
  const metadata = await admin.metadata({ topics, forceUpdate: true });
  if (metadata.brokers.size === 0) throw new Error('no broker is registered');
  for (const [name, topic] of metadata.topics) {
    if (topic.partitions.some((partition) => !partition || partition.leader < 0))
      throw new Error(`${name} has a partition without a leader`);
  }
  return true;
}
