/** The honest backend on a database that a crook has been at. */
import { backendConfig, openBackend } from '../../impl/backend/backend.ts';
import { domainSchema } from '../../impl/domain/migrations.ts';
import { openPostgres } from '../../impl/kit/postgres.ts';
import { runService } from '../../impl/kit/service.ts';

/** `crime`: SQL for the domain's schema, run once its tables are there. */
export const backendOn = (crime: string): Promise<void> =>
  runService('backend', backendConfig, async (config, log) => {
    const honest = await openBackend(config, log);
    const { sql, close } = openPostgres({
      url: config.databaseUrl,
      schema: domainSchema,
      application: 'crook',
      log,
      connectionsMax: 1,
      statementMsMax: 5_000,
    });
    await sql.unsafe(crime);
    await close();
    return honest;
  });
