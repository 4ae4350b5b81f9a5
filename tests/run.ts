/** `npm test`: everything that must hold before a merge, one line each, and the count at the end. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killFamily } from '../harness/process/family.ts';

const root = join(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'plumbline-test-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

interface Stage {
  readonly title: string;
  readonly script: string;
  /** jest stages count their tests; the others count as one. */
  readonly counts?: boolean;
}

const stages: readonly Stage[] = [
  { title: 'types', script: 'types' },
  { title: 'lint', script: 'lint' },
  { title: 'import doors', script: 'doors' },
  { title: 'dead files and exports', script: 'dead' },
  { title: 'unit tests', script: 'unit', counts: true },
  // Before the tests, whose time limits are made for starting the parts and not for building them.
  { title: 'real parts found or built', script: 'tools' },
  { title: 'tests on the real local stack', script: 'stack', counts: true },
];

/** From the last result to the end of jest; what a test left open would keep it for ever. */
const endMs = 60_000;

/** `result`: the file that jest writes when all tests are over. */
function npmRun(script: string, result?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', ['run', '--silent', script, ...(result ? ['--', '--json', `--outputFile=${result}`] : [])], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    let writtenAt: number | undefined;
    const look = setInterval(() => {
      if (!result || !existsSync(result)) return;
      writtenAt ??= performance.now();
      if (performance.now() - writtenAt < endMs) return;
      clearInterval(look);
      process.stderr.write(
        `${script}: jest has not ended ${endMs / 1000} s after its last test, because of what one left open; ended\n`,
      );
      killFamily(child.pid ?? 0);
    }, 1_000);
    child.once('error', reject);
    child.once('exit', (code) => {
      clearInterval(look);
      resolve(code ?? 1);
    });
  });
}

let passed = 0;
let failed = 0;
let interrupted = false;
// The child is in the same group and gets Ctrl-C itself; it stops what it started, then we end.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    interrupted = true;
  });
}

for (const { title, script, counts } of stages) {
  if (interrupted) break;
  const startedAt = performance.now();
  const file = join(scratch, `${script}.json`);
  const code = await npmRun(script, counts ? file : undefined);
  if (counts && existsSync(file)) {
    const result = JSON.parse(readFileSync(file, 'utf8')) as {
      numPassedTests: number;
      numFailedTests: number;
      numFailedTestSuites: number;
    };
    passed += result.numPassedTests;
    // A suite that could not even load has no failed test; it counts as one.
    failed += Math.max(result.numFailedTests, code === 0 ? 0 : 1, result.numFailedTests === 0 ? result.numFailedTestSuites : 0);
    // A run of no test proves nothing.
    if (result.numPassedTests + result.numFailedTests === 0) failed += 1;
  } else if (code === 0 && !counts) passed += 1;
  else failed += 1;
  process.stderr.write(`${code === 0 ? 'ok  ' : 'FAIL'} ${title} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)\n`);
}
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exitCode = interrupted ? 130 : failed === 0 ? 0 : 1;
