import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openSeal, sealKeysOf } from '../../../impl/frontend/seal.ts';

const inAnHour = () => Math.floor(Date.now() / 1000) + 3600;
const newKey = () => new Uint8Array(randomBytes(32));

/** The last character of a part may have bits that mean nothing; of the header even those are authenticated. */
const meaning = (sealed: string) =>
  sealed
    .split('.')
    .map((part, at) => (at === 0 ? part : Buffer.from(part, 'base64url').toString('hex')))
    .join('.');

describe('seal', () => {
  it('opens what it sealed, for the same purpose only', async () => {
    const seal = openSeal([newKey()]);
    const sealed = await seal.seal('session', { sub: 'ä|1', list: [1] }, inAnHour());
    expect(sealed).not.toContain('ä');
    expect(await seal.open('session', sealed)).toMatchObject({ sub: 'ä|1', list: [1] });
    expect(await seal.open('sign-in', sealed)).toBeNull();
  });

  it('opens nothing that is over', async () => {
    const seal = openSeal([newKey()]);
    expect(await seal.open('session', await seal.seal('session', {}, Math.floor(Date.now() / 1000) - 1))).toBeNull();
  });

  it('goes on with old keys, seals with the newest, and forgets a key that is taken away', async () => {
    const [older, newer] = [newKey(), newKey()];
    const before = await openSeal([older]).seal('session', { sub: 'a' }, inAnHour());
    const both = openSeal([newer, older]);
    expect(await both.open('session', before)).toMatchObject({ sub: 'a' });
    const after = await both.seal('session', { sub: 'b' }, inAnHour());
    expect(await openSeal([newer]).open('session', after)).toMatchObject({ sub: 'b' });
    expect(await openSeal([older]).open('session', after)).toBeNull();
    expect(await openSeal([newer]).open('session', before)).toBeNull();
  });

  it('opens nothing in which a character was changed', async () => {
    const seal = openSeal([newKey()]);
    const sealed = await seal.seal('session', { sub: 'a' }, inAnHour());
    await fc.assert(
      fc.asyncProperty(fc.nat(sealed.length - 1), fc.constantFrom(...'AZaz09-_.'), async (at, char) => {
        const changed = `${sealed.slice(0, at)}${char}${sealed.slice(at + 1)}`;
        fc.pre(meaning(changed) !== meaning(sealed));
        expect(await seal.open('session', changed)).toBeNull();
      }),
      { numRuns: 200 },
    );
  });

  it.each(['', 'x', 'a.b.c.d.e', '....', 'eyJhbGciOiJub25lIn0.e30.'])('opens nothing foreign: "%s"', async (text) => {
    expect(await openSeal([newKey()]).open('session', text)).toBeNull();
  });

  it('takes keys of 32 bytes only', () => {
    const key = () => randomBytes(32).toString('base64url');
    expect(sealKeysOf(`${key()}, ${key()}`)).toHaveLength(2);
    for (const wrong of ['', 'short', `${key()},`, randomBytes(31).toString('base64url')]) expect(sealKeysOf(wrong)).toBeNull();
  });
});
