/** What every channel must be, whichever it is. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { PreferencesPut } from '#contracts/types.ts';
import { schemaAt } from '#kit/schemas.ts';
import { channels } from '../../../../impl/notification/channel/channels.ts';

const contract = JSON.parse(
  readFileSync(new URL('../../../../contracts/http/preferences-put.json', import.meta.url), 'utf8'),
) as { properties: { channels: { items: { enum: string[] } } } };

describe('channels', () => {
  it('are those that the contract lets a user choose, each once', () => {
    const toPut = schemaAt<PreferencesPut>('http/preferences-put.json');
    const names = channels.map(({ name }) => name);
    expect(toPut({ email: 'ann@mail.example', channels: names })).toBe(true);
    expect([...names].sort()).toEqual([...contract.properties.channels.items.enum].sort());
  });

  it('leave somebody who chose nothing with a way that needs no address typed in', () => {
    expect(channels.filter(({ isUnasked }) => isUnasked).map(({ name }) => name)).toEqual(['push']);
  });

  it.each(channels)('$name has bounds that fit into each other, and a reason for programs', (channel) => {
    expect(channel.sendsPerHostMax).toBeGreaterThan(0);
    expect(channel.sendsMax).toBeGreaterThanOrEqual(channel.sendsPerHostMax);
    expect(channel.noAddress).toMatch(/^NO_ADDRESS: /);
  });

  it('says which preference an e-mail can not do without', () => {
    const lacks = (email: string | null) => channels.map(({ name, lackOf }) => [name, lackOf({ email, channels: [] })?.pointer]);
    expect(lacks(null)).toEqual([
      ['email', '/email'],
      ['push', undefined],
    ]);
    expect(lacks('ann@mail.example').map(([, pointer]) => pointer)).toEqual([undefined, undefined]);
  });
});
