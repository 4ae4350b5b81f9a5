import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { lockFile, withoutEngines } from '../../../harness/generate/lock.ts';

const text = readFileSync(lockFile, 'utf8');
interface Package {
  readonly hasInstallScript?: true;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
}
const { packages } = JSON.parse(text) as { packages: Record<string, Package> };
const { allowScripts } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  allowScripts: Record<string, boolean>;
};

it('package-lock.json holds nothing against the Node that runs npm, but what we ask of it ourselves', () => {
  if (text !== withoutEngines(text)) throw new Error('package-lock.json has engines again. Run: npm run generate');
  expect(packages['']).toMatchObject({ engines: { node: '>=20' } });
});

it('takes engines out and changes nothing else', () => {
  const before = {
    name: 'a',
    packages: { '': { engines: { node: '>=20' } }, b: { version: '1.0.0', engines: { node: '>=22' } } },
  };
  expect(JSON.parse(withoutEngines(JSON.stringify(before)))).toEqual({
    name: 'a',
    packages: { '': { engines: { node: '>=20' } }, b: { version: '1.0.0' } },
  });
});

// npm runs the scripts of a package that is not named, and warns; later versions of npm will not run them.
it('package.json says of every package with an install script whether it may run', () => {
  const withScript = Object.entries(packages).filter(
    ([, { hasInstallScript, os = ['linux'], cpu = ['x64'] }]) =>
      hasInstallScript && os.includes('linux') && (cpu.includes('x64') || cpu.includes('arm64')),
  );
  const names = withScript.map(([path]) => path.replace(/^.*node_modules\//, ''));
  expect(names.toSorted()).toEqual(Object.keys(allowScripts).toSorted());
});
