/** The browser's half of web push: keys of a subscription, and the plain text of what was sent to it (RFC 8291, RFC 8188). */
import { createDecipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto';

/** All base64url, as in a PushSubscription. */
export interface SubscriptionKeys {
  readonly privateKey: string;
  readonly p256dh: string;
  readonly auth: string;
}

const curve = 'prime256v1';
const [saltBytes, tagBytes, lastRecord] = [16, 16, 2];

export function newKeys(): SubscriptionKeys {
  const pair = createECDH(curve);
  const p256dh = pair.generateKeys('base64url');
  return { p256dh, privateKey: pair.getPrivateKey('base64url'), auth: randomBytes(16).toString('base64url') };
}

/** Throws when the message was made for other keys, was changed on its way, or has more than the one record that push allows. */
export function decrypt(message: Buffer, keys: SubscriptionKeys): string {
  // Header: salt, record size, then the sender's public key with its length before it.
  const salt = message.subarray(0, saltBytes);
  const keyAt = saltBytes + 5;
  const recordAt = keyAt + message.readUInt8(keyAt - 1);
  const sender = message.subarray(keyAt, recordAt);
  const record = message.subarray(recordAt);
  if (record.length > message.readUInt32BE(saltBytes)) throw new Error('it has more than one record');

  const own = createECDH(curve);
  own.setPrivateKey(keys.privateKey, 'base64url');
  const both = Buffer.concat([Buffer.from('WebPush: info\0'), Buffer.from(keys.p256dh, 'base64url'), sender]);
  const secret = derive(own.computeSecret(sender), Buffer.from(keys.auth, 'base64url'), both, 32);
  const key = derive(secret, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16);
  const nonce = derive(secret, salt, Buffer.from('Content-Encoding: nonce\0'), 12);

  const decipher = createDecipheriv('aes-128-gcm', key, nonce);
  decipher.setAuthTag(record.subarray(-tagBytes));
  const padded = Buffer.concat([decipher.update(record.subarray(0, -tagBytes)), decipher.final()]);
  const end = padded.findLastIndex((byte) => byte !== 0);
  if (padded[end] !== lastRecord) throw new Error('its padding does not begin with the mark of the last record');
  return padded.toString('utf8', 0, end);
}

const derive = (secret: Buffer, salt: Buffer, purpose: Buffer, bytes: number) =>
  Buffer.from(hkdfSync('sha256', secret, salt, purpose, bytes));
