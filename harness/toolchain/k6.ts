import { ask } from './command.ts';
import { compileAlone, goEnv } from './go.ts';
import { onPath } from './places.ts';
import type { Recipe } from './recipe.ts';

const wanted = { make: '1.8.1', accept: '1.8.x' };

export const k6: Recipe = {
  name: 'k6',
  wanted,
  variable: 'PLUMBLINE_K6',
  shape: 'a k6 executable',
  product: 'k6',
  aboutS: 60,
  aboutMb: 700,
  candidates: (env) => onPath('k6', env).map((path) => ({ path, from: 'PATH' })),
  async version(path, signal) {
    const answer = await ask(path, ['version'], { signal });
    const version = /k6(?:\.exe)? v(\d+\.\d+\.\d+\S*)/.exec(answer)?.[1];
    if (version === undefined) throw new Error(`"${path} version" answered: ${answer.slice(0, 200)}`);
    return version;
  },
  ways: [
    {
      title: `build k6 ${wanted.make}`,
      needs: ['go'],
      build: ({ into, run, step }) =>
        compileAlone(step, async () => {
          step('fetching its modules and compiling');
          await run('go', ['install', '-trimpath', '-ldflags', '-s -w', `go.k6.io/k6@v${wanted.make}`], {
            env: { ...goEnv, GOBIN: into },
          });
        }),
    },
  ],
};
