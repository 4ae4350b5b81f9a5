/** What the release in RELEASE promised of an event family: its frozen schemas. */
import { readdirSync, readFileSync } from 'node:fs';

export interface EventSchema {
  readonly properties: { readonly data: { readonly properties: Readonly<Record<string, unknown>> } };
}

/** By version, oldest first: `v1.0` -> the schema. */
export function schemasOf(family: string): ReadonlyMap<string, EventSchema> {
  const folder = new URL(`../../contracts/releases/${process.env['RELEASE']}/events/${family}/`, import.meta.url);
  const files = readdirSync(folder).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return new Map(
    files.map((file) => [file.replace('.json', ''), JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as EventSchema]),
  );
}
