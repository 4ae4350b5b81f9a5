/** A crime, or a mishap that only looks like one, as data: how it is done to a sealed innocent run, and what the judge must say of it. */
import type { Verdict } from '../evidence/records.ts';
import type { Scene } from './scene.ts';

export interface Crime {
  readonly name: string;
  /** What happened, as a sentence. */
  readonly what: string;
  /** `not pass`: fail or unsure, whichever: nobody may be told that all was well. */
  readonly verdict: Exclude<Verdict, 'skipped'> | 'not pass';
  /** A claim that must be found against it, e.g. `checker:world`; of several any. An innocent has none. */
  readonly claims?: readonly string[];
  /** Changes the evidence. What cannot be done to this run throws `NotHere`. */
  readonly commit: (scene: Scene) => void;
  /** After it was sealed: what nobody who collects would do. */
  readonly afterwards?: (folder: string) => void;
}

/** A kind of crime: one file `*.crime.ts` that exports its cases. */
export interface Crimes {
  /** The sentence that such a crime makes false. */
  readonly kind: string;
  readonly crimes: readonly Crime[];
}
