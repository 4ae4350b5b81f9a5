/** A real part found, fetched or built at its pinned version. */

export interface Tool {
  readonly name: string;
  readonly version: string;
  /** The executable; for kafka and postgres the folder that holds `*.jar` or `bin/`, for zipkin the jar. */
  readonly path: string;
  /** Where it came from: an environment variable, PATH, a well-known place, an npm package, the cache, or just built. */
  readonly from: string;
  /** Which build of it, where several exist (daprd: which components are compiled in). */
  readonly flavour?: string;
}

/** One line of progress. `done` is false while the step is under way. */
export type Progress = (line: { readonly tool: string; readonly text: string; readonly done: boolean }) => void;
