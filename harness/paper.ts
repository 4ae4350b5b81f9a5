import { readFileSync } from 'node:fs';

/** CSS text of the palette and the typefaces that all pages share; a page's own style comes after it. */
export const paper = (): string => readFileSync(new URL('paper.css', import.meta.url), 'utf8');
