/** Tables that a service gets from the kit, created in the service's own schema. */
import { fileURLToPath } from 'node:url';

const folder = (name: string) => fileURLToPath(new URL(`./migrations/${name}`, import.meta.url));

export const outboxMigrations = folder('outbox');
export const inboxMigrations = folder('inbox');
