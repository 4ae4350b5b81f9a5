import { expect, it } from '@jest/globals';
import { linesIn, logLines } from '../../../harness/workload/log-lines.ts';
import type { Target } from '../../../harness/stage/target.ts';

it('gives what was logged as JSON, and passes over what was not', () => {
  expect(linesIn('{"msg":"one"}\n(node:1) Warning: something\n{"msg":"two"}\n{"msg":"cut of')).toEqual([
    { msg: 'one' },
    { msg: 'two' },
  ]);
});

it('reads all replicas, and takes no log for no silence', () => {
  const logs = () => ['{"msg":"one"}\n', '{"msg":"two"}\n'];
  expect(logLines({ logs } as unknown as Target, 'backend')).toEqual([{ msg: 'one' }, { msg: 'two' }]);
  expect(logLines({} as Target, 'backend')).toBeUndefined();
});
