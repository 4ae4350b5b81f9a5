/** Zipkin is one jar and a Java to run it. */
import { basename } from 'node:path';
import type { Recipe } from './recipe.ts';

const wanted = { make: '3.5.1', accept: '3.x' };
const product = `zipkin-server-${wanted.make}-exec.jar`;

export const zipkin: Recipe = {
  name: 'zipkin',
  wanted,
  variable: 'PLUMBLINE_ZIPKIN',
  shape: `the jar that runs by itself, under its own name (${product})`,
  runsOn: ['java'],
  product,
  aboutS: 15,
  aboutMb: 270,
  candidates: () => [],
  // Its manifest does not tell the version and starting it to ask takes seconds, so the name it was published under has to.
  async version(path) {
    const version = /^zipkin-server-(\d+\.\d+\.\d+)-(?:exec|slim)\.jar$/.exec(basename(path))?.[1];
    if (version === undefined) throw new Error(`${basename(path)} is not called zipkin-server-<version>-exec.jar`);
    return version;
  },
  ways: [
    {
      title: `fetch Zipkin ${wanted.make}`,
      needs: ['mvn'],
      async build({ into, run, step }) {
        step('fetching its jar');
        const artifact = `io.zipkin:zipkin-server:${wanted.make}:jar:exec`;
        await run('mvn', ['-q', '-B', 'dependency:copy', `-Dartifact=${artifact}`, `-DoutputDirectory=${into}`]);
      },
    },
  ],
};
