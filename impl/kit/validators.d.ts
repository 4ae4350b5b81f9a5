import type { ValidateFunction } from 'ajv';

/** By path under `contracts/`, e.g. `http/task.json`. */
export declare const validators: ReadonlyMap<string, ValidateFunction>;
