/** The keys this service signs its push requests with (RFC 8292): of the environment, or made once and shared by all replicas. */
import webPush from 'web-push';
import type { Sql } from '#kit/postgres.ts';

export interface VapidKeys {
  readonly publicKey: string;
  readonly privateKey: string;
}

/** A browser's subscription is bound to the public key: with another one, all of them would be refused. */
export async function sharedVapidKeys(sql: Sql): Promise<VapidKeys> {
  const made = webPush.generateVAPIDKeys();
  await sql`insert into vapid_keys (public_key, private_key) values (${made.publicKey}, ${made.privateKey}) on conflict do nothing`;
  const [kept] = await sql<VapidKeys[]>`select public_key as "publicKey", private_key as "privateKey" from vapid_keys`;
  return kept as VapidKeys;
}
