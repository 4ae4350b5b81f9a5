import type { Sql } from '#kit/postgres.ts';

/** As the user gave it with their preferences, asked for when it is needed: it may have changed since the reminder came. */
export async function addressOf(sql: Sql, userId: string): Promise<string | null> {
  const [row] = await sql<{ email: string | null }[]>`select email from preferences where user_id = ${userId}`;
  return row?.email ?? null;
}
