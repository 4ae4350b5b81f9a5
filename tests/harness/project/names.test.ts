/** What may be called how: a name becomes an app-id, a part, a file, a topic and a field, and must be good for all of them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { preflight, preflightStage } from '../../../harness/preflight/preflight.ts';
import { readSystem, withReplicas } from '../../../harness/project/system.ts';
import { local } from '../../../harness/stage/local/local.ts';
import { stageOf } from '../../../harness/stage/stager.ts';
import { project } from '../../own-project.ts';
import { scratchFolder } from '../plumbline.ts';

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const orders = join(import.meta.dirname, '../../byo/orders');
const original = readFileSync(join(orders, 'system.yaml'), 'utf8');

let written = 0;
/** The orders' system file with those texts replaced, each of which must be there; `__proto__` survives text, not an object. */
function systemWith(...changes: readonly (readonly [string, string])[]): string {
  const folder = join(scratch.path, String(written++));
  mkdirSync(folder);
  const text = changes.reduce(
    (before, [from, to]) => {
      if (!before.includes(from)) throw new Error(`${from} is not there to be replaced`);
      return before.replaceAll(from, to);
    },
    original.replaceAll('components/', `${orders}/components/`).replaceAll('services/', `${orders}/services/`),
  );
  const file = join(folder, 'system.yaml');
  writeFileSync(file, text);
  return file;
}

const lineOf = (file: string, text: string) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .findIndex((line) => line.includes(text)) + 1;

describe('a name that is none is told with its line', () => {
  it.each([
    'a/b',
    '../up',
    'Shop',
    'sh op',
    'shöp',
    'shop_1',
    'shop.eu',
    '-shop',
    'shop-',
    '1shop',
    '__proto__',
    "''",
    's'.repeat(59),
  ])('service %s', (name) => {
    const file = systemWith(['  warehouse:\n', `  ${name}:\n`]);
    const line = lineOf(file, `  ${name}:`);
    expect(() => readSystem(file)).toThrow(
      new RegExp(`system\\.yaml:${line}: services: ".*": a service is its app-id: a-z, 0-9`),
    );
  });

  it.each(['a/b', 'a b', 'ä', '.', '..', '__proto__', '__consumer_offsets', 't'.repeat(250)])('topic %s', (name) => {
    const file = systemWith(['  order-changes:', `  ${name}:`]);
    const line = lineOf(file, `  ${name}:`);
    expect(() => readSystem(file)).toThrow(new RegExp(`system\\.yaml:${line}: topics: ".*": Kafka takes A-Z`));
  });

  it.each([
    ['a change', ['  amend:', '  __proto__:'], /changes: "__proto__": what a workload calls a change/],
    ['a variable', ['env: {}', 'env: { A-B: x }'], /services\.shop\.env: "A-B": a variable is called by/],
    ['the system', ['system: orders', 'system: a/b'], /system must match pattern/],
  ] as const)('%s', (_what, change, sentence) => {
    expect(() => readSystem(systemWith(change))).toThrow(sentence);
  });

  it('two topics that are one to Kafka', () => {
    const file = systemWith(['  order-changes:', '  a.b: { partitions: 1 }\n  a_b:']);
    expect(() => readSystem(file)).toThrow(`:${lineOf(file, 'a_b:')}: topics: Kafka can't hold a_b beside a.b`);
  });
});

describe('a word of the language is nobody, until somebody is called so', () => {
  const words = ['constructor', 'toString', 'hasOwnProperty', '__proto__'];

  it.each(words)('%s is no service of canary, users, replicas or stages', (word) => {
    expect(() => readSystem(systemWith(['  service: shop', `  service: ${word}`]))).toThrow(
      `canary.service ${word} is not a service`,
    );
    const users = `identity: { port: 9000, audience: a, client: { service: ${word}, callback: /, loggedOut: / } }\nservices:`;
    expect(() => readSystem(systemWith(['services:', users]))).toThrow(`identity.client.service ${word} is not a service`);
    const system = readSystem(systemWith());
    expect(() => withReplicas(system, new Map([[word, 2]]))).toThrow(`NO_SERVICE: --replicas ${word}`);
    const replicas = JSON.parse(`{ "${word}": 2 }`) as Record<string, number>;
    expect(() => stageOf(system, { replicas })).toThrow(`STAGE_INVALID: there is no service ${word}`);
  });

  it('a service, a topic and a change called constructor are what they are', () => {
    const file = systemWith(
      ['  shop:\n', '  constructor:\n'],
      ['  service: shop', '  service: constructor'],
      ['  order-changes:', '  constructor:'],
      ['  amend:', '  constructor:'],
    );
    const system = readSystem(file);
    expect(stageOf(system).replicas).toEqual({ constructor: 1, warehouse: 1 });
    expect(stageOf(system, { replicas: { warehouse: 2 } }).replicas).toEqual({ constructor: 1, warehouse: 2 });
    expect(withReplicas(system, new Map([['constructor', 3]])).services['constructor']?.replicas).toBe(3);
    expect(local.partsOf(system, stageOf(system))).toEqual(expect.arrayContaining(['constructor', 'constructor-sidecar']));
  });

  it('what is near is named', () => {
    expect(() => readSystem(systemWith(['  service: shop', '  service: shpo']))).toThrow(
      'shpo is not a service; did you mean shop?',
    );
  });
});

describe('two parts of one name', () => {
  const renamed = (name: string, replicas = 1) =>
    readSystem(
      systemWith(
        ['  warehouse:\n', `  ${name}:\n`],
        [
          '    health: /alive\n    api: http/shop.json\n    replicas: 1',
          `    health: /alive\n    api: http/shop.json\n    replicas: ${replicas}`,
        ],
      ),
    );

  it.each([
    ['kafka', 1],
    ['redis', 1],
    ['postgres', 1],
    ['shop-sidecar', 1],
    ['shop-1', 2],
    ['shop-1-sidecar', 2],
  ] as const)('%s beside %d replica(s) of shop: told before anything starts, to up and to run', (name, replicas) => {
    const system = renamed(name, replicas);
    const told = new RegExp(
      `system\\.yaml:${lineOf(system.file, `  ${name}:`)}: two parts would be called ${name}; call the service ${name} otherwise`,
    );
    expect(() => preflightStage(system, stageOf(system), local)).toThrow(told);
    const probe = {
      name: 'probe',
      kind: 'check',
      suite: 'named',
      asks: '?',
      proves: [],
      slos: [],
      checkers: [],
      settleMsMax: 0,
    } as const;
    const workload = { title: 'nothing', run: async () => undefined };
    const around = { system, project: { contracts: join(orders, 'contracts') }, stager: local };
    expect(() => preflight([{ ...probe, workload }], around)).toThrow(told);
  });

  it.each(['identity', 'mail', 'zipkin'])('%s is free where the system has no such part', (name) => {
    const system = renamed(name);
    expect(() => preflightStage(system, stageOf(system), local)).not.toThrow();
  });

  it.each([
    ['identity', 'backend'],
    ['mail', 'backend'],
    ['zipkin', 'backend'],
  ])('%s is not where it has', (name) => {
    const own = readSystem(project.systemFile);
    const { recurring, ...others } = own.services;
    if (!recurring) throw new Error('recurring is gone');
    const system = { ...own, services: { ...others, [name]: recurring } };
    expect(() => preflightStage(system, stageOf(system, { traces: true }), local)).toThrow(`two parts would be called ${name}`);
  });

  it('shop-1 beside one shop, and shop-2 beside two, are others', () => {
    for (const [name, replicas] of [
      ['shop-1', 1],
      ['shop-2', 2],
    ] as const) {
      const system = renamed(name, replicas);
      expect(() => preflightStage(system, stageOf(system), local)).not.toThrow();
    }
  });
});
