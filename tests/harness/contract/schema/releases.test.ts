import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  filesOf,
  freezeRelease,
  frozenFindings,
  historyFindings,
  readReleases,
  releaseOf,
  releaseFindings,
  workingFindings,
} from '../../../../harness/contract/schema/releases.ts';
import { readSchema } from '../../../../harness/contract/schema/document.ts';

const contracts = 'contracts';
const releases = readReleases(join(contracts, 'releases'));
const families = ['task-event', 'reminder-event'];

describe('contracts/releases', () => {
  it('holds what was published, unchanged', () => {
    expect(frozenFindings(releases)).toEqual([]);
    expect(releases.releases.map(({ release }) => release)).toEqual(['1.0', '1.1', '1.2']);
  });

  it('ends with the working contracts, unless a new minor release is being prepared', () => {
    expect(workingFindings(releases)).toEqual([]);
  });

  it('holds an event’s version the same in every release that knows it', () => {
    const texts = new Map<string, Set<string>>();
    for (const release of releases.releases)
      for (const path of filesOf(release).filter((each) => each.startsWith('events/')))
        texts.set(path, (texts.get(path) ?? new Set()).add(readFileSync(join(releases.folder, release.release, path), 'utf8')));
    expect([...texts].map(([path, { size }]) => [path, size])).toEqual([...texts.keys()].map((path) => [path, 1]));
  });

  it('lets each of N-2, N-1 and N read each other, by rules and by values', () => {
    expect(historyFindings(releases)).toEqual([]);
  });
});

/** The third proof, on data: real events, every reader of every release, both ways. */
describe('replay', () => {
  const events = families.flatMap((family) =>
    ['v1.0', 'v1.1', 'v1.2'].flatMap((version) =>
      readdirSync(join(contracts, 'events', family, 'golden', version)).map((name) => ({ family, version, name })),
    ),
  );
  const schemasOf = (release: string, family: string) =>
    filesOf(releaseOf(releases, release)).filter((path) => path.startsWith(`events/${family}/`));

  it('has an event of each type and version', () => {
    expect(events).toHaveLength(3 * (4 + 3));
  });

  it.each(releases.releases.map(({ release }) => release))('release %s reads every golden event, older and newer', (release) => {
    const refused = families.flatMap((family) =>
      schemasOf(release, family).flatMap((path) => {
        const { validate } = readSchema(join(releases.folder, release, path));
        return events
          .filter((event) => event.family === family)
          .filter(({ version, name }) => {
            const file = join(contracts, 'events', family, 'golden', version, name);
            return !validate(JSON.parse(readFileSync(file, 'utf8')));
          })
          .map((event) => ({ path, ...event }));
      }),
    );
    expect(refused).toEqual([]);
    expect(families.map((family) => schemasOf(release, family).length)).toEqual(
      families.map(() => 1 + Number(release.split('.')[1])),
    );
  });

  it('would notice: the specification’s reminder with no UUID is refused by every release', () => {
    const event: unknown = JSON.parse(
      readFileSync(join(contracts, 'events/reminder-event/rejected/event-id-is-not-a-uuid.json'), 'utf8'),
    );
    for (const { release } of releases.releases)
      for (const path of schemasOf(release, 'reminder-event'))
        expect(readSchema(join(releases.folder, release, path)).validate(event)).toBe(false);
  });
});

describe('a copy that somebody spoils', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-releases-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const frozen = join(folder, 'releases');
  const index = join(frozen, 'releases.json');
  const edit = (change: (value: { releases: unknown[] }) => void) => {
    const value = JSON.parse(readFileSync(index, 'utf8')) as { releases: unknown[] };
    change(value);
    writeFileSync(index, JSON.stringify(value, null, 2));
  };
  const editSchema = (path: string, from: string, to: string) => {
    const text = readFileSync(join(folder, path), 'utf8');
    expect(text).toContain(from);
    writeFileSync(join(folder, path), text.replace(from, to));
  };
  beforeEach(() => {
    rmSync(folder, { recursive: true, force: true });
    for (const part of ['events', 'http', 'releases']) cpSync(join(contracts, part), join(folder, part), { recursive: true });
  });

  const disown = ([first]: { services: Record<string, object> }[]) => {
    for (const name of Object.keys(first?.services ?? {})) Object.assign(first?.services ?? {}, { [name]: {} });
  };

  it.each([
    ['changed', 'frozen-file-changed', () => appendFileSync(join(frozen, '1.0/events/task-event/v1.0.json'), ' ')],
    ['gone', 'frozen-file-missing', () => rmSync(join(frozen, '1.1/events/task-event/v1.1.json'))],
    ['added', 'frozen-file-unlisted', () => writeFileSync(join(frozen, '1.1/events/task-event/v9.9.json'), '{}')],
    ['disowned', 'frozen-file-unpromised', () => edit((value) => disown(value.releases as never))],
  ])('a frozen file is %s: %s', (_what, rule, spoil) => {
    spoil();
    expect(new Set(frozenFindings(readReleases(frozen)).map((each) => each.rule))).toEqual(new Set([rule]));
  });

  it.each([
    ['an event is edited', 'published-event-changed', () => editSchema('events/task-event/v1.2.json', '"boolean"', '"string"')],
    ['an event is gone', 'published-schema-removed', () => rmSync(join(folder, 'events/task-event/v1.1.json'))],
    ['an HTTP schema is edited', 'published-schema-changed', () => editSchema('http/task.json', '"boolean"', '"string"')],
  ])('%s in the working contracts: %s', (_what, rule, spoil) => {
    spoil();
    expect(workingFindings(readReleases(frozen)).map((each) => each.rule)).toEqual([rule]);
  });

  it('a release in preparation may change HTTP schemas, compatibly', () => {
    edit((value) => Object.assign(value, { preparing: '1.3' }));
    editSchema('http/task.json', '"properties": {', '"properties": { "colour": { "type": "string" },');
    expect(workingFindings(readReleases(frozen))).toEqual([]);
    editSchema('http/task.json', '"boolean"', '"string"');
    expect(workingFindings(readReleases(frozen)).map(({ rule }) => rule)).toContain('type-changed');
  });

  it('freezing copies and notes what is new, and leaves what is frozen alone', () => {
    editSchema('http/task.json', '"boolean"', '"string"');
    writeFileSync(join(folder, 'http/colour.json'), '{ "type": "string" }');
    edit(
      ({ releases: all }) =>
        void (all as { services: { backend: { answers: string[] } } }[])[2]?.services.backend.answers.push('http/colour.json'),
    );
    expect(freezeRelease(readReleases(frozen), '1.2')).toEqual(['http/colour.json']);
    expect(frozenFindings(readReleases(frozen))).toEqual([]);
  });

  it.each([
    ['releases.json is no JSON', () => writeFileSync(index, '{\n"releases": [,]\n}'), /releases\.json:2: not JSON/],
    ['releases.json is gone', () => rmSync(index), /no such file/],
    ['the order is wrong', () => edit((value) => (value.releases as unknown[]).reverse()), /list the oldest first/],
    [
      'a word is misspelt',
      () =>
        edit(({ releases: all }) =>
          Object.assign((all as { services: object }[])[0]?.services ?? {}, { backend: { publihses: [] } }),
        ),
      /unknown word publihses \(did you mean publishes\?\)/,
    ],
  ])('is misused, and told with its line: %s', (_what, spoil, sentence) => {
    spoil();
    expect(() => releaseFindings(frozen)).toThrow(sentence);
  });

  it('a version that no release has yet is judged beside the two before it', () => {
    const schema = readFileSync(join(folder, 'events/task-event/v1.2.json'), 'utf8');
    writeFileSync(
      join(folder, 'events/task-event/v1.3.json'),
      schema.replace('task-event/v1.2.json', 'task-event/v1.3.json').replace('"boolean"', '"string"'),
    );
    expect(new Set(releaseFindings(frozen).map(({ rule }) => rule))).toEqual(new Set(['type-changed']));
  });

  it('what is not as published is told alone', () => {
    expect(releaseFindings(frozen)).toEqual([]);
    appendFileSync(join(frozen, '1.0/events/task-event/v1.0.json'), ' ');
    expect(releaseFindings(frozen)).toEqual([
      expect.objectContaining({ rule: 'frozen-file-changed', message: expect.stringMatching(/Restore it from git/) }),
    ]);
  });
});
