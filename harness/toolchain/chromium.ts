/** A browser for the tests that look at pages. No run needs it. */
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ask } from './command.ts';
import { executable, onPath } from './places.ts';
import type { Recipe, Work } from './recipe.ts';

const product = 'chromium';
const names = ['chromium', 'chromium-browser', 'google-chrome'];
const onMac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

export const chromium: Recipe = {
  name: 'chromium',
  // Packagers decide which one there is; 110 is the first whose new headless mode draws what a person would see.
  wanted: { make: '110', accept: '>=110' },
  variable: 'PLUMBLINE_CHROMIUM',
  shape: 'a Chromium or Chrome executable (package chromium)',
  onlyFor: 'browser tests',
  product,
  aboutS: 60,
  aboutMb: 600,
  candidates: (env) => [
    ...names.flatMap((name) => onPath(name, env)).map((path) => ({ path, from: 'PATH' })),
    ...[onMac].filter(executable).map((path) => ({ path, from: 'Applications' })),
  ],
  async version(path, signal) {
    const answer = await ask(path, ['--version'], { signal });
    const version = /Chrom(?:e|ium)\D* (\d+(?:\.\d+)+)/.exec(answer)?.[1];
    if (version === undefined) throw new Error(`"${path} --version" answered: ${answer.slice(0, 200)}`);
    return version;
  },
  ways: [{ title: 'install Chromium with apt', needs: ['apt-get'], applies: () => process.getuid?.() === 0, build: fromDebian }],
};

/** The package is installed on the machine, not copied: it needs its libraries and fonts. The entry only points at it. */
async function fromDebian({ into, run, step }: Work): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = () => run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { env });
  step('installing its package');
  // A fresh image has no package lists yet.
  await install().catch(async () => {
    await run('apt-get', ['update'], { env });
    await install();
  });
  await symlink('/usr/bin/chromium', join(into, product));
}
