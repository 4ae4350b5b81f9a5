/**
 * The one id of a change: outbox key, CloudEvent id, inbox key, evidence key. UUIDv7 (RFC 9562) because its first 48 bits
 * are the time: new ids land at the right end of the primary key, and old rows are a range of it.
 */
import { randomBytes } from 'node:crypto';

export function eventId(atMs: number = Date.now()): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(atMs, 0, 6);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return hyphenated(bytes);
}

/** The smallest id of a moment: everything made earlier is below it. */
export function eventIdFloor(atMs: number): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(atMs, 0, 6);
  return hyphenated(bytes);
}

function hyphenated(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
