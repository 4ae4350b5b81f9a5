/** `npm run pact`: writes contracts/pacts anew. What a pact no longer holds is gone, because no old file is merged with. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { committedPacts } from './pact-file.ts';
import { writePacts } from './write.ts';

// Elsewhere first: a consumer that breaks half way leaves the committed files alone.
const folder = mkdtempSync(join(tmpdir(), 'pacts-'));
try {
  const written = await writePacts(folder);
  rmSync(committedPacts, { recursive: true, force: true });
  cpSync(folder, committedPacts, { recursive: true });
  for (const name of written.keys()) process.stdout.write(`contracts/pacts/${name}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
