/** The kinds of fault there are. Add one: its file here, and its line in this table. */
import { crash } from './crash.ts';
import type { Kind } from './fault.ts';
import { kill } from './kill.ts';
import { pause } from './pause.ts';
import { refuse } from './refuse.ts';

export const kinds: Readonly<Record<string, Kind>> = { crash, kill, pause, refuse };

export const kindOf = (name: string): Kind | undefined => (Object.hasOwn(kinds, name) ? kinds[name] : undefined);
