/** A run of its own for cache.test.ts: makes an entry, says when it waits or works, and works until a file appears. */
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { obtain } from '../../../harness/toolchain/cache.ts';
import { runLogged } from '../../../harness/toolchain/command.ts';

const [cache = '', release = '', mode = 'wait'] = process.argv.slice(2);
const { made } = await obtain(
  { cache, tool: 'toy', key: '1.0' },
  {
    signal: AbortSignal.timeout(30_000),
    say: (text) => process.stdout.write(`${text}\n`),
    fill: async ({ into, scratch, signal }) => {
      appendFileSync(join(cache, 'makers'), `${process.pid}\n`);
      process.stdout.write('working\n');
      if (mode === 'child') {
        const script = `echo $$ > ${join(cache, 'child')}; exec sleep 600`;
        await runLogged('/bin/sh', ['-c', script], { cwd: scratch, env: process.env, signal, log: join(cache, 'log') });
      }
      while (!existsSync(release)) await pause(10);
      writeFileSync(join(into, 'toy'), 'the toy');
      return '1.0';
    },
  },
);
process.stdout.write(made ? 'made\n' : 'used\n');
