/**
 * Which judge this is. The package's version and the format of evidence that it reads, and no commit: a checkout and a package of the
 * same version write the same bytes.
 */
import { readFileSync } from 'node:fs';

const own = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { readonly version: string };

export const VERSION = own.version;
/** As in manifest.json and sealed.json. */
export const EVIDENCE_FORMAT = 1;
