/** Templates without a build step: tagged strings to Preact nodes. Text stays text, so nothing a user wrote can become markup. */
import htm from 'htm';
import { h } from 'preact';

/** @type {(strings: TemplateStringsArray, ...values: unknown[]) => any} */
export const html = /** @type {any} */ (htm).bind(h);
