/** Kafka in KRaft mode is a folder of jars and a Java to run them. */
import { realpathSync } from 'node:fs';
import { copyFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { onPath } from './places.ts';
import type { Recipe } from './recipe.ts';

const wanted = { make: '4.1.1', accept: '4.1.x' };

export const kafka: Recipe = {
  name: 'kafka',
  wanted,
  variable: 'PLUMBLINE_KAFKA',
  shape: 'the folder of jars (libs/ of a Kafka distribution)',
  runsOn: ['java'],
  product: '.',
  aboutS: 15,
  aboutMb: 200,
  // A distribution has its scripts in bin/ and its jars in libs/ beside it.
  candidates: (env) =>
    onPath('kafka-server-start.sh', env).map((script) => ({
      path: join(dirname(dirname(realpathSync(script))), 'libs'),
      from: 'PATH',
    })),
  async version(path) {
    const jars = await readdir(path);
    const version = jars.map((jar) => /^kafka_2\.13-(\d+\.\d+\.\d+)\.jar$/.exec(jar)?.[1]).find((each) => each !== undefined);
    if (version === undefined) throw new Error('it holds no kafka_2.13-<version>.jar');
    // The storage formatter lives in a jar of its own; a broker without it can't be set up.
    if (!jars.some((jar) => jar.startsWith('kafka-tools-'))) throw new Error('it holds no kafka-tools-<version>.jar');
    return version;
  },
  ways: [
    {
      title: `fetch Kafka ${wanted.make}`,
      needs: ['mvn'],
      async build({ into, scratch, run, step }) {
        const pom = join(scratch, 'pom.xml');
        // Maven writes beside its pom, and the checkout is not its place to write.
        await copyFile(join(import.meta.dirname, 'kafka-pom.xml'), pom);
        step('fetching its jars');
        const settings = [`-Dkafka.version=${wanted.make}`, `-DoutputDirectory=${into}`];
        await run('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', ...settings]);
      },
    },
  ],
};
