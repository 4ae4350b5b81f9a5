/** CONTRIBUTING says where each new thing goes, and READMEs what lies where: what they name is there, and what is there they name. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { project } from './own-project.ts';

const text = readFileSync(join(project.root, 'CONTRIBUTING.md'), 'utf8');
const section = text.slice(text.indexOf('## Where does a new'), text.indexOf('## Rules of taste'));
const rows = section.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| new'));

it('names the ten changes', () => {
  expect(rows.map((row) => /^\| ([a-z]+(?: kind| version)?)/.exec(row)?.[1]).sort()).toEqual(
    ['channel', 'command', 'event version', 'evidence kind', 'fault', 'part', 'plot', 'report', 'statistic', 'target'].sort(),
  );
});

it('names files that exist', () => {
  // What stands in angle brackets, or is a version to come, is for whoever adds it.
  const paths = [...section.matchAll(/`([a-z][\w./-]*\/[\w./-]+\.(?:ts|js|json|css))`/g)].map(([, path]) => path as string);
  const named = [...new Set(paths)].filter((path) => !/v1\.3/.test(path));
  expect(named.length).toBeGreaterThan(12);
  expect(named.filter((path) => !existsSync(join(project.root, path)))).toEqual([]);
});

it.each(['harness', 'harness/project', 'harness/preflight'])('%s/README.md names all that lies beside it', (folder) => {
  const readme = readFileSync(join(project.root, folder, 'README.md'), 'utf8');
  const words = new Set(readme.match(/[\w.-]+/g));
  const beside = readdirSync(join(project.root, folder)).filter((name) => name !== 'README.md');
  expect(beside.length).toBeGreaterThan(3);
  expect(beside.filter((name) => !words.has(name))).toEqual([]);
});
