/**
 * Imported first by the command line: V8 compiles with one of its compilers less while other threads run. A process that exits while such
 * a compiler waits for the main thread never ends (https://github.com/nodejs/node/issues/54918, rare), and nobody watches a command
 * in CI. The judge is not measurably slower without.
 */
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--no-maglev');
setFlagsFromString('--no-concurrent-sparkplug');
