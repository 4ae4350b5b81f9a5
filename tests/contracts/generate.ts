/** `npm run generate`: all that is made from the schemas, and the lock file. Here, because only tests may import the frontend's table of calls beside the harness. */
import { readFileSync, writeFileSync } from 'node:fs';
import { frontendFile, generateFrontendOpenApi } from '../../harness/generate/frontend-openapi.ts';
import { lockFile, withoutEngines } from '../../harness/generate/lock.ts';
import { generateTypes, typesFile } from '../../harness/generate/types.ts';
import { generateValidators, validatorsFile } from '../../harness/generate/validators.ts';
import { calls } from '../../impl/frontend/calls.ts';

writeFileSync(typesFile, await generateTypes());
writeFileSync(validatorsFile, generateValidators());
writeFileSync(frontendFile, await generateFrontendOpenApi(calls));
writeFileSync(lockFile, withoutEngines(readFileSync(lockFile, 'utf8')));
