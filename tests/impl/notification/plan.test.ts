import { describe, expect, it } from '@jest/globals';
import { planOf, type Way } from '../../../impl/notification/plan.ts';

const email: Way = { name: 'email', isChosen: true, host: 'mail.example', noAddress: 'NO_ADDRESS: no mail' };
const push: Way = { name: 'push', isChosen: true, host: 'push.example', noAddress: 'NO_ADDRESS: no browser' };
const everywhere = [email, push];
const seen = (plan: ReturnType<typeof planOf>) => plan.map(({ channel, host, refusal }) => [channel, host, refusal]);

describe('the plan of a reminder', () => {
  it('is what both the event and the user want', () => {
    expect(seen(planOf(['email', 'push', 'sms'], everywhere))).toEqual([
      ['email', 'mail.example', null],
      ['push', 'push.example', null],
    ]);
    expect(seen(planOf(['push', 'push'], everywhere))).toEqual([['push', 'push.example', null]]);
    expect(seen(planOf(['email', 'push'], [email, { ...push, isChosen: false }]))).toEqual([['email', 'mail.example', null]]);
  });

  it('is every channel there is where an event names none, and nothing where it names an empty list', () => {
    expect(planOf(undefined, everywhere).map(({ channel }) => channel)).toEqual(['email', 'push']);
    expect(planOf([], everywhere)).toEqual([]);
  });

  it('says why a channel can not be used', () => {
    expect(
      seen(
        planOf(
          ['email', 'push'],
          [email, push].map((way) => ({ ...way, host: null })),
        ),
      ),
    ).toEqual([
      ['email', '', 'NO_ADDRESS: no mail'],
      ['push', '', 'NO_ADDRESS: no browser'],
    ]);
    expect(seen(planOf(['email', 'sms'], [{ ...email, isChosen: false }, push]))).toEqual([
      ['email', '', 'NO_CHANNEL: the user did not choose email'],
      ['sms', '', 'NO_CHANNEL: the user did not choose sms'],
    ]);
  });
});
