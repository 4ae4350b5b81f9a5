/** What a static check of a contract, a component or a manifest found, where a reviewer or a CI annotation can go to. */
export interface ContractFinding {
  /** Kebab-case, stable: `enum-value-removed`, `unknown-metadata-key`. */
  readonly rule: string;
  /** Relative to the working directory. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** JSON Pointer into the document; empty for the whole of it. */
  readonly pointer: string;
  /** What is wrong, for whom, and what would be right. */
  readonly message: string;
  readonly severity: 'error' | 'warning';
}
