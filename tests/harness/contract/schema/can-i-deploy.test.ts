import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canIDeploy, runCanIDeploy } from '../../../../harness/contract/schema/can-i-deploy.ts';
import { freezeRelease, readReleases } from '../../../../harness/contract/schema/releases.ts';

const committed = join('contracts', 'releases');
const folder = mkdtempSync(join(tmpdir(), 'plumbline-deploy-'));
afterAll(() => rmSync(folder, { recursive: true }));
const frozen = join(folder, 'releases');

type Schema = { properties: { data: { properties: Record<string, unknown>; required: string[] } } };

/** 1.3 makes a text of revision, 2.0 is a major version, 3.0 only adds. */
beforeAll(() => {
  for (const part of ['events', 'http', 'releases']) cpSync(join('contracts', part), join(folder, part), { recursive: true });
  const addEvent = (version: string, change: (data: Schema['properties']['data']) => void) => {
    const schema = JSON.parse(readFileSync('contracts/events/task-event/v1.2.json', 'utf8')) as Schema;
    change(schema.properties.data);
    const file = join(folder, 'events/task-event', `${version}.json`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(
      file,
      JSON.stringify({ ...schema, $id: `https://plumbline.example/contracts/events/task-event/${version}.json` }, null, 2),
    );
  };
  addEvent('v1.3', ({ properties }) => Object.assign(properties, { revision: { type: 'string' } }));
  addEvent('v1.4', ({ properties }) => Object.assign(properties, { colour: { type: 'string' } }));
  addEvent('v2.0', ({ required }) => void required.push('revision'));
  const file = (version: string) => `events/task-event/${version}.json`;
  const known = ['v1.0', 'v1.1', 'v1.2'].map(file);
  const index = JSON.parse(readFileSync(join(frozen, 'releases.json'), 'utf8')) as { releases: unknown[] };
  for (const [release, version] of [
    ['1.3', 'v1.3'],
    ['1.4', 'v1.4'],
    ['2.0', 'v2.0'],
  ] as const)
    index.releases.push({
      release,
      services: { backend: { publishes: [file(version)] }, frontend: { reads: [...known, file(version)] } },
    });
  writeFileSync(join(frozen, 'releases.json'), JSON.stringify(index, null, 2));
  for (const release of ['1.3', '1.4', '2.0']) freezeRelease(readReleases(frozen), release);
});

const ask = async (service: string, version: string, beside: Record<string, string>, where = frozen) => {
  const said: string[] = [];
  const code = await runCanIDeploy({ service, version, with: beside, folder: where }, (line) => said.push(line));
  return { code, said: said.join('\n') };
};

describe('the releases as committed', () => {
  const releases = ['1.0', '1.1', '1.2'];
  const pairs = releases.flatMap((one) => releases.map((other) => [one, other] as const));

  it.each(pairs)('every service of %s may run beside every service of %s', (one, other) => {
    const all = { backend: other, recurring: other, notification: other, frontend: other };
    for (const service of Object.keys(all)) {
      const { deployable, compared } = canIDeploy(service, one, all, { folder: committed, runs: 30 });
      expect({ service, deployable }).toEqual({ service, deployable: true });
      expect(compared.length).toBeGreaterThan(0);
    }
  });

  it('says which promises it could not judge', async () => {
    const { code, said } = await ask('frontend', '1.1', { backend: '1.2' }, committed);
    expect(code).toBe(0);
    expect(said).toMatch(/warning: nothing-frozen: backend 1\.2 answers http\/task\.json, .*frontend 1\.1 expects: not judged/);
  });

  it('compares HTTP both ways where it is frozen', () => {
    const { compared } = canIDeploy('frontend', '1.2', { backend: '1.2' }, { folder: committed });
    const seen = compared.map(({ writer, reader }) => `${writer} -> ${reader}`);
    expect(new Set(seen)).toEqual(new Set(['frontend 1.2 -> backend 1.2', 'backend 1.2 -> frontend 1.2']));
  });
});

describe('a release that breaks', () => {
  it('as producer: the consumer that runs would refuse it', async () => {
    const { code, said } = await ask('backend', '1.3', { frontend: '1.2' });
    expect(code).toBe(1);
    expect(said).toMatch(/backend 1\.3 writes .*v1\.3\.json, frontend 1\.2 reads it by .*v1\.2\.json:/);
    expect(said).toMatch(
      /1\.3\/events\/task-event\/v1\.3\.json:\d+: type-changed: forward: .*at \/properties\/data\/properties\/revision/,
    );
    expect(said).toMatch(/forward counter-example: .*"revision":/);
    expect(said).toMatch(/backend 1\.3 beside frontend 1\.2: NO/);
  });

  it('as consumer: it would refuse what runs', async () => {
    const { code, said } = await ask('frontend', '1.3', { backend: '1.2' });
    expect(code).toBe(1);
    expect(said).toMatch(/type-changed: backward: /);
  });

  it('as a major version nobody reads yet', async () => {
    const { code, said } = await ask('backend', '2.0', { frontend: '1.2' });
    expect(code).toBe(1);
    expect(said).toMatch(
      /version-not-read: backend 2\.0 publishes .*v2\.0\.json, and frontend 1\.2 refuses it.*Deploy a frontend that knows it first/,
    );
    expect((await ask('frontend', '2.0', { backend: '1.2' })).code).toBe(0);
  });

  it('not when it only adds, nor beside a consumer too old to know the field', async () => {
    expect((await ask('backend', '1.4', { frontend: '1.2' })).code).toBe(0);
    expect((await ask('backend', '1.3', { frontend: '1.1' })).code).toBe(0);
  });
});

it.each([
  ['an unknown service', 'bakend', '1.2', { frontend: '1.2' }, /service bakend is unknown \(did you mean backend\?\)/],
  ['an unknown service beside it', 'backend', '1.2', { fronted: '1.2' }, /did you mean frontend\?/],
  ['a release that is not frozen', 'backend', '9.9', { frontend: '1.2' }, /release 9\.9 is not listed .*Known: 1\.0, 1\.1, 1\.2/],
  [
    'a service its release has not',
    'recurring',
    '1.3',
    { frontend: '1.2' },
    /not part of release 1\.3\. It is of: 1\.0, 1\.1, 1\.2/,
  ],
  ['nothing beside it', 'backend', '1.2', {}, /Name what runs, e\.g\. --with api@1\.1/],
])('ends with 3 for %s', async (_what, service, version, beside, sentence) => {
  expect(await ask(service, version, beside as Record<string, string>)).toEqual({
    code: 3,
    said: expect.stringMatching(sentence),
  });
});

it('ends with 3 for a frozen file that is gone', async () => {
  const file = join(frozen, '1.4/events/task-event/v1.4.json');
  rmSync(file);
  expect(await ask('backend', '1.4', { frontend: '1.2' })).toEqual({
    code: 3,
    said: expect.stringMatching(/v1\.4\.json is named, but there is no such file/),
  });
});
