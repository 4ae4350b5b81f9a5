/**
 * Runs a service as an older release of it: `node --import at-release.ts impl/notification/main.ts`. RELEASES, oldest first, are dealt
 * to the replicas in turn. Of the two modules that events go out and come in by, it puts the ones beside this file.
 */
import { replace } from './replace.ts';

replace({ 'outbox.ts': 'outbox-at.ts', 'schemas.ts': 'schemas-at.ts' });
