/** The ways to stage a system that there are. Add one: its folder here, and its line in this table. */
import { local } from './local/local.ts';
import type { Stager } from './stager.ts';

export const stagers = { local } as const satisfies Record<string, Stager>;
