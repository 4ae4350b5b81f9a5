/** What one tool's file says: where it may already be, how to ask its version, and how it is made when nowhere to be found. */
import type { ProgramName } from './programs.ts';
import type { Wanted } from './wanted.ts';

export interface Candidate {
  readonly path: string;
  readonly from: string;
}

export interface Recipe {
  readonly name: string;
  readonly wanted: Wanted;
  /** The variable that overrides the search. */
  readonly variable: string;
  /** What the variable must point at, as words: `a daprd executable`. */
  readonly shape: string;
  /** What it is for, when no run needs it: a machine without it is ready all the same. */
  readonly onlyFor?: string;
  /** What the tool itself can't run without. */
  readonly runsOn?: readonly ProgramName[];
  /** Where it may already be, best first. Paths that do not exist are not listed. */
  candidates(env: NodeJS.ProcessEnv): readonly Candidate[];
  /** Asks the thing itself; throws when it is not this tool or does not run here. */
  version(path: string, signal: AbortSignal): Promise<string>;
  /** Which build of it; part of its place in the cache. */
  readonly flavour?: string;
  /** Whether an entry of the cache that was made as another flavour, and is in this folder, is as good. */
  serves?(folder: string): boolean;
  /** Where in the made folder `Tool.path` points; `.` is the folder. */
  readonly product: string;
  /** Cold cost of making it, for people who wait. */
  readonly aboutS: number;
  /** Disk a cold making takes, package caches included. */
  readonly aboutMb: number;
  /** Tried in order until one works. */
  readonly ways: readonly Way[];
}

export interface Way {
  readonly title: string;
  readonly needs: readonly ProgramName[];
  /** Absent: always. */
  applies?(): boolean;
  build(work: Work): Promise<void>;
}

export interface Work {
  /** The folder that will become the cache entry. */
  readonly into: string;
  /** A folder for everything else; it is thrown away. Commands run here unless told otherwise. */
  readonly scratch: string;
  readonly signal: AbortSignal;
  step(text: string): void;
  /** Runs to the end and returns stdout; the whole output goes to the build's log. */
  run(command: string, args: readonly string[], options?: { cwd?: string; env?: NodeJS.ProcessEnv }): Promise<string>;
}
