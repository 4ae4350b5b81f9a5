/** The honest backend, but for its relay: that one reaches its sidecar through a crook. */
import { backendConfig, openBackend } from '../../impl/backend/backend.ts';
import { domainSchema } from '../../impl/domain/migrations.ts';
import { openPostgres } from '../../impl/kit/postgres.ts';
import { openRelay } from '../../impl/kit/relay/relay.ts';
import { runService } from '../../impl/kit/service.ts';
import { openSidecar, type Sidecar } from '../../impl/kit/sidecar/sidecar.ts';

export type BulkPublish = Pick<Sidecar, 'bulkPublish'>;

export const backendWith = (crook: (honest: BulkPublish) => BulkPublish): Promise<void> =>
  runService('backend', backendConfig, async (config, log) => {
    const honest = await openBackend({ ...config, relay: false }, log);
    const postgres = openPostgres({
      url: config.databaseUrl,
      schema: domainSchema,
      application: 'crook',
      log,
      connectionsMax: 8,
      statementMsMax: 5_000,
    });
    const sidecar = openSidecar({ port: config.sidecarPort, timeoutMs: 3_000 });
    const relay = openRelay({ postgres, sidecar: crook(sidecar), pubsub: 'kafka-pubsub', owner: `crook-${process.pid}`, log });
    return {
      ...honest,
      background: [...honest.background, relay],
      async close() {
        sidecar.close();
        await Promise.all([postgres.close(), honest.close()]);
      },
    };
  });
