import { describe, expect, it } from '@jest/globals';
import { planOf } from '../../../impl/notification/plan.ts';

const everywhere = { email: 'ann@Mail.Example', channels: ['email', 'push'] as ('email' | 'push')[], pushHost: 'push.example' };
const seen = (plan: ReturnType<typeof planOf>) =>
  plan.map(({ channel, host, refusal }) => [channel, host, refusal?.split(':')[0] ?? null]);

describe('the plan of a reminder', () => {
  it('is what both the event and the user want', () => {
    expect(seen(planOf(['email', 'push', 'sms'], everywhere))).toEqual([
      ['email', 'mail.example', null],
      ['push', 'push.example', null],
    ]);
    expect(seen(planOf(['push', 'push'], everywhere))).toEqual([['push', 'push.example', null]]);
    expect(seen(planOf(['email', 'push'], { ...everywhere, channels: ['email'] }))).toEqual([['email', 'mail.example', null]]);
  });

  it('is every channel where an event names none, and nothing where it names an empty list', () => {
    expect(seen(planOf(undefined, everywhere)).map(([channel]) => channel)).toEqual(['email', 'push']);
    expect(planOf([], everywhere)).toEqual([]);
  });

  it('says why a channel can not be used', () => {
    expect(seen(planOf(['email', 'push'], { ...everywhere, email: null, pushHost: null }))).toEqual([
      ['email', '', 'NO_ADDRESS'],
      ['push', '', 'NO_ADDRESS'],
    ]);
    expect(seen(planOf(['email', 'sms'], { ...everywhere, channels: ['push'] }))).toEqual([
      ['email', '', 'NO_CHANNEL'],
      ['sms', '', 'NO_CHANNEL'],
    ]);
  });
});
