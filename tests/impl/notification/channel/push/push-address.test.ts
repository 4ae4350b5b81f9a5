import { describe, expect, it } from '@jest/globals';
import {
  areBrowserKeys,
  endpointOf,
  pushHostsOf,
  pushServices,
} from '../../../../../impl/notification/channel/push/push-address.ts';

const known = pushHostsOf(pushServices) as readonly string[];

describe('the address of a push service', () => {
  it.each([
    'https://fcm.googleapis.com/fcm/send/abc:def',
    'https://updates.push.services.mozilla.com/wpush/v2/abc',
    'https://wns2-by3p.notify.windows.com/w/?token=abc',
    'https://web.push.apple.com/abc',
    'https://api.push.apple.com/abc',
  ])('%s is one', (endpoint) => expect(endpointOf(endpoint, known)).toBe(endpoint));

  it('is kept in one spelling', () => {
    expect(endpointOf('https://FCM.googleapis.com:443/a/../b#c', known)).toBe('https://fcm.googleapis.com/b');
  });

  it.each([
    'http://fcm.googleapis.com/x',
    'https://fcm.googleapis.com:8443/x',
    'https://x.fcm.googleapis.com/x',
    'https://fcm.googleapis.com.evil.example/x',
    'https://evil.example/fcm.googleapis.com',
    'https://fcm.googleapis.com@evil.example/x',
    'https://user@fcm.googleapis.com/x',
    'https://evil.example\\@fcm.googleapis.com/x',
    'https://notify.windows.com/x',
    'https://evilnotify.windows.com/x',
    'https://.notify.windows.com/x',
    'https://127.0.0.1/x',
    'https://[::1]/x',
    'https://2130706433/x',
    'file:///etc/passwd',
    'not a URL',
    `https://fcm.googleapis.com/${'x'.repeat(2_048)}`,
  ])('%s is none', (endpoint) => expect(endpointOf(endpoint, known)).toBeUndefined());

  it('has the port that its host was allowed with', () => {
    const hosts = pushHostsOf('127.0.0.1:4433, push.example:*') as readonly string[];
    expect(endpointOf('https://127.0.0.1:4433/x', hosts)).toBe('https://127.0.0.1:4433/x');
    expect(endpointOf('https://127.0.0.1/x', hosts)).toBeUndefined();
    expect(endpointOf('https://push.example:99/x', hosts)).toBe('https://push.example:99/x');
  });

  it('is refused in the configuration when it is no host', () => {
    expect(pushHostsOf('ok.example,https://x/')).toEqual({ wrong: 'https://x/' });
    expect(pushHostsOf('*')).toEqual({ wrong: '*' });
  });
});

describe('the keys of a browser', () => {
  const auth = Buffer.alloc(16, 1).toString('base64url');
  const p256dh = 'BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM';

  it('are a point of the curve and 16 bytes', () => {
    expect(areBrowserKeys({ p256dh, auth })).toBe(true);
    expect(areBrowserKeys({ p256dh, auth: auth.slice(2) })).toBe(false);
    expect(areBrowserKeys({ p256dh: `${p256dh.slice(0, -2)}AA`, auth })).toBe(false);
    expect(areBrowserKeys({ p256dh: p256dh.slice(0, 40), auth })).toBe(false);
  });
});
