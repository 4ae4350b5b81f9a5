/** What can be wrong around an experiment, each told with file and line before anything starts; and the innocent twins. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { Experiment } from '../../../harness/experiment.ts';
import { preflight } from '../../../harness/preflight/preflight.ts';
import { readSystem } from '../../../harness/project/system.ts';
import { local } from '../../../harness/stage/local/local.ts';
import { stageOf } from '../../../harness/stage/stager.ts';
import { toolchain } from '../../../harness/toolchain/toolchain.ts';
import { system as todo } from '../../own-project.ts';
import { scratchFolder } from '../plumbline.ts';

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const orders = join(import.meta.dirname, '../../byo/orders');

const probe: Experiment = {
  name: 'probe',
  kind: 'check',
  suite: 'named',
  asks: '?',
  proves: [],
  workload: { title: 'nothing', run: async () => undefined },
  slos: [],
  checkers: [],
  settleMsMax: 0,
};

let copies = 0;
/** A copy of the orders, spoilt; then everything is read as a run reads it. */
function before(spoil: (root: string) => void, experiment: Partial<Experiment> = {}): () => unknown {
  const root = join(scratch.path, String(copies++));
  cpSync(orders, root, { recursive: true });
  spoil(root);
  return () => {
    const system = readSystem(join(root, 'system.yaml'));
    return preflight([{ ...probe, ...experiment }], { system, project: { contracts: join(root, 'contracts') }, stager: local });
  };
}

const edit = (file: string, from: string, to: string) => (root: string) => {
  const text = readFileSync(join(root, file), 'utf8');
  if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
  writeFileSync(join(root, file), text.replace(from, to));
};
const write = (file: string, text: string) => (root: string) => writeFileSync(join(root, file), text);
const folder = (name: string) => (root: string) => void mkdirSync(join(root, name));
const rehearse = (what: string) => edit('system.yaml', 'evidence:', `rehearsal: ${what}\nevidence:`);
const command = (words: string) => edit('system.yaml', '[node, services/shop.ts]', words);
const configured = (name: string, text: string) => (root: string) => {
  write(name, text)(root);
  edit('system.yaml', 'configuration: components/local/configuration.yaml', `configuration: ${name}`)(root);
};

describe('before anything is started', () => {
  it('all is well with the orders as they are', () => {
    expect(before(() => undefined)).not.toThrow();
  });

  it.each<[string, (root: string) => void, RegExp]>([
    [
      'rehearsal of a component that is nowhere',
      rehearse('{ order-buss: { brokers: x } }'),
      /system\.yaml:\d+: rehearsal: there is no component order-buss; did you mean order-bus\?/,
    ],
    [
      'rehearsal of metadata that is nowhere',
      rehearse('{ order-bus: { borkers: x } }'),
      /system\.yaml:\d+: rehearsal\.order-bus: the component has no metadata borkers; did you mean brokers\?/,
    ],
    [
      'rehearsal of a word of the language',
      rehearse('{ constructor: { a: x } }'),
      /rehearsal: there is no component constructor/,
    ],
    [
      'a configuration that is not there',
      (root) => rmSync(join(root, 'components/local/configuration.yaml')),
      /system\.yaml:4: configuration: there is no file .*configuration\.yaml/,
    ],
    [
      'a configuration that is a folder',
      (root) => edit('system.yaml', 'local/configuration.yaml', 'local')(root),
      /system\.yaml:4: configuration: there is no file .*local/,
    ],
    [
      'a configuration elsewhere that can not be parsed',
      configured('own.yaml', 'kind: Configuration\nspec: [\n'),
      /own\.yaml:\d: /,
    ],
    [
      'a configuration that is empty',
      configured('own.yaml', '# soon\n'),
      /own\.yaml:1: the configuration that system\.yaml names is empty; it must be of kind Configuration/,
    ],
    [
      'a configuration of another kind',
      configured('own.yaml', 'apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: { name: x }\n'),
      /own\.yaml:2: the configuration .* is of kind Component/,
    ],
    [
      'no folder of components',
      (root) => rmSync(join(root, 'components/local'), { recursive: true }),
      /system\.yaml:3: components: ENOENT/,
    ],
    ['a component that is a folder', folder('components/local/x.yaml'), /x\.yaml:1: it is a folder; put a file in its place/],
    [
      'a program that is nowhere',
      command('[no-such-program, x]'),
      /system\.yaml:\d+: services\.shop\.command: no-such-program is not on PATH/,
    ],
    [
      'a program by a path that is nowhere',
      command('[./run.sh]'),
      /services\.shop\.command: \.\/run\.sh is no file that can be executed/,
    ],
    [
      'a program that is a folder',
      command('[./services]'),
      /services\.shop\.command: \.\/services is no file that can be executed/,
    ],
    [
      'a program that may not be executed',
      command('[./services/shop.ts]'),
      /services\.shop\.command: \.\/services\/shop\.ts is no file that can be executed/,
    ],
    [
      'a script that is nowhere',
      command('[node, services/shpo.ts]'),
      /system\.yaml:\d+: services\.shop\.command: there is no file services\/shpo\.ts in /,
    ],
    [
      'a script that is nowhere, behind a flag',
      command('[node, --max-old-space-size=64, services/shpo.ts]'),
      /there is no file services\/shpo\.ts/,
    ],
    [
      'contracts of events that no file is',
      edit('system.yaml', 'order/{what}', 'oder/{what}'),
      /system\.yaml:\d+: events\.contracts: no file below .*contracts\/events is a oder\/\{what\}\.\{shape\}\.json/,
    ],
    ['a contract that is no JSON', write('contracts/events/order/OrderPlaced.2.json', '{'), /OrderPlaced\.2\.json: /],
    ['a contract that is a folder', folder('contracts/events/order/OrderPlaced.3.json'), /OrderPlaced\.3\.json: EISDIR/],
    [
      'a document of answers that is nowhere',
      edit('system.yaml', 'http/shop.json', 'http/shpo.json'),
      /system\.yaml:\d+: services\.shop\.api: contracts\/http\/shpo\.json: ENOENT/,
    ],
    ['an objective that is a folder', folder('contracts/slos/x.yaml'), /slos\/x\.yaml: it is a folder; put a file in its place/],
    ['an objective nobody reads', write('contracts/slos/x.yml', 'name: x\n'), /slos\/x\.yml: nobody reads it; call it x\.yaml/],
    ['an empty objective', write('contracts/slos/x.yaml', ''), /slos\/x\.yaml:1: it is empty/],
    [
      'an objective with a key twice',
      write('contracts/slos/x.yaml', 'name: x\nname: x\n'),
      /slos\/x\.yaml:2: Map keys must be unique/,
    ],
    [
      'objectives that are a file',
      (root) => (rmSync(join(root, 'contracts/slos'), { recursive: true }), write('contracts/slos', '')(root)),
      /contracts\/slos: it is a file/,
    ],
    ['empty requirements', write('contracts/requirements.yaml', ''), /requirements\.yaml:1: it is empty/],
    ['requirements that are a map', write('contracts/requirements.yaml', 'a: 1\n'), /requirements\.yaml:1: it holds no list/],
    [
      'requirements without id',
      write('contracts/requirements.yaml', '- text: x\n  shownBy: []\n'),
      /requirements\.yaml:1: entry 1: it must have required property 'id'/,
    ],
  ])('%s', (_what, spoil, sentence) => {
    expect(before(spoil)).toThrow(sentence);
    expect(before(spoil)).toThrow(/^(NOT_STARTED|SYSTEM_INVALID): /);
  });

  it.each<[string, (root: string) => void]>([
    ['rehearsal of what is there', rehearse('{ order-bus: { brokers: x } }')],
    [
      'a configuration elsewhere',
      configured('own.yaml', 'apiVersion: dapr.io/v1alpha1\nkind: Configuration\nmetadata: { name: x }\n'),
    ],
    ['a program on PATH', command('[sh, -c, "exit 1"]')],
    ['a script behind a flag that wants a word', command('[node, --import, tsx/esm.js, services/shop.ts]')],
    ['a word that is no file', command('[npm, run, start]')],
    ['an address', command('[node, "https://x.example/a"]')],
    ['other files beside objectives', write('contracts/slos/README.md', '# why\n')],
    ['no requirements', (root) => rmSync(join(root, 'contracts/requirements.yaml'))],
  ])('is nothing wrong with %s', (_what, spoil) => {
    expect(before(spoil)).not.toThrow();
  });

  it.each<[string, Partial<Experiment>, RegExp]>([
    [
      'a tool nobody has',
      { workload: { ...probe.workload, tools: ['k7' as 'k6'] } },
      /experiment probe: workload\.tools: there is no tool k7; did you mean k6\? Tools: daprd, k6/,
    ],
    [
      'a word of the language for a tool',
      { workload: { ...probe.workload, tools: ['constructor' as 'k6'] } },
      /there is no tool constructor/,
    ],
    [
      'a checker nobody has',
      { checkers: ['delivry' as 'delivery'] },
      /experiment probe: no checker delivry; did you mean delivery\?/,
    ],
    ['a word of the language for a checker', { checkers: ['toString' as 'delivery'] }, /no checker toString/],
    ['a word of the language for an objective', { slos: ['constructor'] }, /no SLO constructor/],
  ])('%s', (_what, change, sentence) => {
    expect(before(() => undefined, change)).toThrow(sentence);
  });

  it('a tool nobody has is no tool of the toolchain either', async () => {
    const asking = toolchain(['k7' as 'k6'], { progress: () => undefined, signal: new AbortController().signal });
    await expect(asking).rejects.toThrow('TOOL_UNKNOWN: there is no tool k7; did you mean k6?');
  });
});

describe('the stage that an experiment asks for', () => {
  const own = readSystem(join(orders, 'system.yaml'));
  it.each<[unknown, RegExp]>([
    [{ replicas: { shop: 1.5 } }, /replicas of shop: 1\.5 is no whole number from 1 to 16/],
    [{ replicas: { shop: -1 } }, /replicas of shop: -1 is no/],
    [{ replicas: { shop: 0 } }, /replicas of shop: 0 is no/],
    [{ replicas: { shop: 17 } }, /replicas of shop: 17 is no/],
    [{ replicas: { shop: 1000 } }, /replicas of shop: 1000 is no/],
    [{ replicas: { shop: '2' } }, /replicas of shop: "2" is no/],
    [{ replicas: { shop: null } }, /replicas of shop: null is no/],
    [{ replicas: { shop: NaN } }, /replicas of shop: null is no/],
    [{ replicas: { shpo: 2 } }, /there is no service shpo; did you mean shop\?/],
    [{ replicas: { toString: 2 } }, /there is no service toString/],
    [{ replicas: [2] }, /replicas are \{ service: number \}, not \[2\]/],
    [{ replicas: 2 }, /replicas are \{ service: number \}, not 2/],
    [{ replica: { shop: 2 } }, /a stage has no replica; did you mean replicas\?/],
    [{ constructor: 1 }, /a stage has no constructor/],
    [{ traces: true }, /it asks for traces, and system\.yaml has none/],
    [{ traces: 'yes' }, /traces is true or false, not "yes"/],
    [{ profile: 'rehearsd' }, /there is no profile "rehearsd"; did you mean rehearsed\?/],
    [{ profile: 'constructor' }, /there is no profile "constructor"; there is rehearsed, as written/],
    [null, /a stage is \{ replicas, traces, profile \}, not null/],
    [3, /a stage is .* not 3/],
  ])('%j is told, with the name of the experiment', (stage, sentence) => {
    const asking = () =>
      preflight([{ ...probe, stage: stage as object }], {
        system: own,
        project: { contracts: join(orders, 'contracts') },
        stager: local,
      });
    expect(asking).toThrow(/experiment probe: STAGE_INVALID: /);
    expect(asking).toThrow(sentence);
  });

  it('is told whole', () => {
    const stage = { replicas: { shpo: 0, shop: 99 }, trace: true };
    expect(() => stageOf(own, stage)).toThrow(
      /no trace; did you mean traces\?; .*no service shpo.*; replicas of shpo: 0 .*; replicas of shop: 99/,
    );
  });

  it.each([[{}], [{ replicas: { shop: 16 } }], [{ traces: false }], [{ profile: 'as written' as const }]])(
    '%j is one',
    (stage) => {
      expect(() => stageOf(own, stage)).not.toThrow();
    },
  );

  it('has traces where the system has', () => {
    expect(stageOf(todo, { traces: true }).traces).toBe(true);
  });
});
