/** Errors that know the next step: `TOOL_MISSING: go not found; needed to build daprd 1.18.2. Install ... Try: npm run doctor`. */
export type ToolErrorCode = 'TOOL_MISSING' | 'TOOL_WRONG' | 'TOOL_BUILD_FAILED' | 'TOOL_LOCK';

export class ToolError extends Error {
  readonly code: ToolErrorCode;
  /** The sentence without code and hint, for a table row or a longer message. */
  readonly because: string;

  constructor(code: ToolErrorCode, because: string, options?: ErrorOptions) {
    super(`${code}: ${because} Try: npm run doctor`, options);
    this.name = 'ToolError';
    this.code = code;
    this.because = because;
  }
}
