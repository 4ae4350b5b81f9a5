/** The schema that backend and recurring share: tasks, and the outbox their changes go to. */
import { fileURLToPath } from 'node:url';
import { outboxMigrations } from '#kit/migrations.ts';

export const domainSchema = 'domain';
export const domainMigrations = [outboxMigrations, fileURLToPath(new URL('./migrations/domain', import.meta.url))];
