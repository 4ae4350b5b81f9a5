/** Whatever a person may put where a YAML file should be gets one sentence that names the file, and the line where there is one. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { validateManifests } from '../../../harness/contract/manifest/manifests.ts';
import { validateComponents } from '../../../harness/contract/resource/resources.ts';
import { readRequirements } from '../../../harness/project/requirements.ts';
import { readSystem } from '../../../harness/project/system.ts';
import { readYamlFile } from '../../../harness/project/yaml-file.ts';
import { scratchFolder } from '../plumbline.ts';

const scratch = scratchFolder();
afterAll(() => scratch.remove());
let written = 0;
function file(content: string | Buffer | undefined): string {
  const path = join(scratch.path, `${written++}.yaml`);
  if (content === undefined) mkdirSync(path);
  else writeFileSync(path, content);
  return path;
}

const bomb = `a: &a [${'x, '.repeat(9)}x]\n${[...'bcdefgh'].map((name, n) => `${name}: &${name} [${`*${'abcdefg'[n]}, `.repeat(9)}*${'abcdefg'[n]}]`).join('\n')}\n`;
const unreadable: readonly (readonly [string, string | Buffer | undefined, RegExp])[] = [
  ['of 0 bytes', '', /\.yaml:1: it is empty$/],
  ['of comments alone', '# later\n', /\.yaml:1: it is empty$/],
  ['that says null', '---\nnull\n', /\.yaml:1: it is empty$/],
  ['that is a folder', undefined, /\.yaml: it is a folder; put a file in its place$/],
  ['in UTF-16, little end first', Buffer.from('\ufeffsystem: x\n', 'utf16le'), /\.yaml: it is UTF-16; save it as UTF-8$/],
  ['in UTF-16, big end first', Buffer.from('\ufeffsystem: x\n', 'utf16le').swap16(), /\.yaml: it is UTF-16; save it as UTF-8$/],
  ['in UTF-16 without a mark', Buffer.from('system: x\n', 'utf16le'), /\.yaml: it is no text; save it as UTF-8$/],
  ['that is a program', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1]), /\.yaml: it is no text; save it as UTF-8$/],
  ['in Latin-1', Buffer.from('system: caf\xe9\n', 'latin1'), /\.yaml: it is not UTF-8; save it as UTF-8$/],
  ['with a tab', 'a:\n\tb: 1\n', /\.yaml:2: .*[Tt]abs?/],
  ['with a key twice', 'a: 1\nb: 2\na: 3\n', /\.yaml:3: Map keys must be unique$/],
  ['with an alias to nothing', 'a: 1\nb: *nowhere\n', /\.yaml:2: nothing above is marked &nowhere$/],
  ['with an alias before its mark', 'a: *x\nb: &x 1\n', /\.yaml:1: nothing above is marked &x$/],
  ['with an alias that holds itself', 'a: &a\n  b: *a\n', /\.yaml:1: an alias holds itself$/],
  ['with aliases that multiply', bomb, /\.yaml:1: Excessive alias count/],
  ['with a tag nobody knows', 'a: 1\nb: !thing x\n', /\.yaml:2: Unresolved tag: !thing$/],
  ['with two documents', 'a: 1\n---\nb: 1\n', /\.yaml:2: Source contains multiple documents/],
  ['that is not closed', 'a: [1, 2\nb: 3\n', /\.yaml:\d: /],
];

describe('a file', () => {
  it.each(unreadable)('%s', (_what, content, sentence) => {
    const path = file(content);
    expect(readYamlFile(path)).toEqual({ complaints: [expect.stringMatching(sentence)] });
    // Whoever reads such a file tells just that.
    expect(() => readSystem(path)).toThrow(/^SYSTEM_INVALID:\n {2}\S+\.yaml:.*$/);
    expect(readRequirements(path)).toEqual({ requirements: [], complaints: [expect.stringMatching(sentence)] });
  });

  it('with a mark of UTF-8 at its beginning, or with carriage returns, is as good', () => {
    expect(readYamlFile(file('\ufeffa: 1\r\nb: [2]\r\n'))).toMatchObject({ value: { a: 1, b: [2] } });
  });

  it('knows the line of whatever it holds, and of the deepest that is there of what it does not', () => {
    const read = readYamlFile(file('a:\n  - x: 1\n  - y:\n      z: 2\nb: &b { c: 1 }\nd: *b\n'));
    if ('complaints' in read) throw new Error(read.complaints.join());
    const lines = [[], ['a'], ['a', 1], ['a', 1, 'y', 'z'], ['a', 1, 'y', 'nope'], ['a', 7], ['d', 'c'], ['e']].map(read.lineOf);
    expect(lines).toEqual([1, 1, 3, 4, 3, 1, 5, 1]);
  });
});

describe('among resources and manifests', () => {
  const own = /^(in UTF-16|that is|in Latin|with a key twice|with an alias|with aliases)/;
  it.each(unreadable.filter(([what]) => own.test(what)))('one %s is a finding', (_what, content) => {
    const folder = join(scratch.path, `among-${written++}`);
    mkdirSync(folder);
    if (content === undefined) mkdirSync(join(folder, 'bad.yaml'));
    else writeFileSync(join(folder, 'bad.yaml'), content);
    symlinkSync(join(folder, 'nowhere'), join(folder, 'link.yaml'));
    writeFileSync(join(folder, 'odd.yaml'), 'apiVersion: dapr.io/v1alpha1\nkind: Componnent\nmetadata: { name: odd }\n');
    const filesOf = (findings: readonly { readonly file: string }[]) => [...new Set(findings.map(({ file }) => basename(file)))];
    expect(filesOf(validateComponents(folder))).toEqual(['bad.yaml', 'link.yaml', 'odd.yaml']);
    // Manifests are judged together, so that nothing is said of those that could be read while others could not.
    expect(filesOf(validateManifests(folder))).toEqual(['bad.yaml', 'link.yaml']);
  });
});

describe('requirements', () => {
  const good = '- id: R-1\n  text: It works.\n  shownBy: []\n';
  it.each([
    ['a map', 'R-1: It works.\n', /:1: it holds no list of requirements; write one entry for each/],
    ['a text', 'It works.\n', /:1: it holds no list/],
    ['without id', `${good}- text: It works.\n  shownBy: []\n`, /:4: entry 2: it must have required property 'id'/],
    ['with a number as id', '- id: 7\n  text: It works.\n  shownBy: []\n', /:1: entry 1: id must be string/],
    ['null', '-\n', /:1: entry 1: it must be object/],
    ['without shownBy', '- id: R-1\n  text: It works.\n', /:1: R-1: it must have required property 'shownBy'/],
    [
      'with a misspelt field',
      '- id: R-1\n  text: It works.\n  shownBy: []\n  tets: [a]\n',
      /R-1: it must NOT have additional properties \(tets\)/,
    ],
    [
      'whose claims are a text',
      '- id: R-1\n  text: x\n  shownBy: [{ experiment: a, claims: b }]\n',
      /R-1: shownBy\.0\.claims must be array/,
    ],
    ['the same twice', good + good, /:4: R-1 is there twice/],
  ])('%s are told', (_what, text, sentence) => {
    expect(readRequirements(file(text))).toEqual({ requirements: [], complaints: [expect.stringMatching(sentence)] });
  });

  it('well written are read', () => {
    expect(readRequirements(file(good))).toEqual({
      requirements: [{ id: 'R-1', text: 'It works.', shownBy: [] }],
      complaints: [],
    });
  });
});
