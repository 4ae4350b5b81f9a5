import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { kafka } from '../../../harness/toolchain/kafka.ts';
import { recipesFor } from '../../../harness/toolchain/toolchain.ts';
import { fits } from '../../../harness/toolchain/wanted.ts';

describe('a version', () => {
  it.each([
    ['1.18.2', '1.18.2', true],
    ['1.18.20', '1.18.2', false],
    ['1.18.2-rc.1', '1.18.2', false],
    ['edge', '1.18.2', false],
    ['1.8.9', '1.8.x', true],
    ['1.80.1', '1.8.x', false],
    ['10.0.1', '>=6.2', true],
    ['6.10.0', '>=6.2', true],
    ['6.2', '>=6.2.0', true],
    ['6.0.16', '>=6.2', false],
    ['15.18', '>=15', true],
    ['14.9', '>=15', false],
  ])('%s against %s: %s', (version, accept, expected) => expect(fits(version, accept)).toBe(expected));

  it('that is made is one that is accepted', () => {
    for (const { wanted } of Object.values(recipesFor()))
      expect([wanted.make, fits(wanted.make, wanted.accept)]).toEqual([wanted.make, true]);
  });

  it('of Kafka is the same in the pom', () => {
    const pom = readFileSync(new URL('../../../harness/toolchain/kafka-pom.xml', import.meta.url), 'utf8');
    expect(/<kafka.version>(.*)<\/kafka.version>/.exec(pom)?.[1]).toBe(kafka.wanted.make);
  });
});
