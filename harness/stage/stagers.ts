/** The ways to stage a system that there are. Add one: its folder here, and its line in this table. */
import { local } from './local/local.ts';
import type { Stager } from './stager.ts';

const stagers: Readonly<Record<string, Stager>> = { local };

/** Throws NO_STAGER. */
export function stagerFor(name: string): Stager {
  const found = Object.hasOwn(stagers, name) ? stagers[name] : undefined;
  if (!found) throw new Error(`NO_STAGER: a system can't be staged as ${name}. Name one of ${Object.keys(stagers).join(', ')}`);
  return found;
}
