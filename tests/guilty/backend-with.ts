/** The backend, put together as in impl/backend/main.ts, with a relay that reaches its sidecar through a crook. */
import { taskRoutes } from '../../impl/backend/routes.ts';
import { openTasks } from '../../impl/backend/tasks.ts';
import { domainMigrations, domainSchema } from '../../impl/domain/migrations.ts';
import { openPostgres } from '../../impl/kit/postgres.ts';
import { openRelay } from '../../impl/kit/relay.ts';
import { runService } from '../../impl/kit/service.ts';
import { openSidecar, type Sidecar } from '../../impl/kit/sidecar.ts';

export type BulkPublish = Pick<Sidecar, 'bulkPublish'>;

export const backendWith = (crook: (honest: BulkPublish) => BulkPublish): Promise<void> =>
  runService('backend', async (config, log) => {
    const application = `${config.service}-${config.replica}`;
    const postgres = openPostgres({
      url: config.databaseUrl,
      schema: domainSchema,
      application,
      log,
      connectionsMax: 16,
      statementMsMax: 5_000,
    });
    await postgres.migrate(domainMigrations);
    const sidecar = openSidecar({ port: config.sidecarPort, timeoutMs: 3_000 });
    return {
      routers: [taskRoutes(openTasks(postgres))],
      readiness: [{ name: 'postgres', test: postgres.ping }],
      background: [
        openRelay({ postgres, sidecar: crook(sidecar), pubsub: 'kafka-pubsub', owner: `${application}-${process.pid}`, log }),
      ],
      async close() {
        sidecar.close();
        await postgres.close();
      },
    };
  });
