/** Guilty: no outbox to speak of. Each change is published before it is answered; when that fails, the answer is 503 and the event gone. */
import { backendConfig, openBackend } from '../../impl/backend/backend.ts';
import { domainSchema } from '../../impl/domain/migrations.ts';
import { markSent } from '../../impl/kit/outbox.ts';
import { openPostgres } from '../../impl/kit/postgres.ts';
import { runService } from '../../impl/kit/service.ts';
import { openSidecar } from '../../impl/kit/sidecar/sidecar.ts';
import { AppError } from '../../impl/kit/web/errors.ts';

interface Row {
  readonly topics: string[];
  readonly key: string;
  readonly type: string;
  readonly body: string;
}

await runService('backend', backendConfig, async (config, log) => {
  const honest = await openBackend({ ...config, relay: false }, log);
  const { sql, close } = openPostgres({
    url: config.databaseUrl,
    schema: domainSchema,
    application: 'crook',
    log,
    connectionsMax: 8,
    statementMsMax: 5_000,
  });
  const sidecar = openSidecar({ port: config.sidecarPort, timeoutMs: 3_000 });
  return {
    ...honest,
    before: [
      async (ctx, next) => {
        await next();
        const { 'x-event-id': id } = ctx.response.headers;
        if (typeof id !== 'string') return;
        const rows = await sql<Row[]>`
          select topics, key, body->>'event_type' as type, body::text as body from outbox where id = ${id} and sent_at is null`;
        for (const { topics, ...event } of rows) {
          const entry = { ...event, id, trace: null, requestId: null };
          const outcomes = await Promise.all(topics.map((topic) => sidecar.bulkPublish('kafka-pubsub', topic, [entry])));
          if (outcomes.every((outcome) => outcome.get(id)?.type === 'ok')) await markSent(sql, [id]);
          else {
            await sql`delete from outbox where id = ${id}`;
            ctx.remove('X-Event-Id');
            throw new AppError('STORE_UNAVAILABLE');
          }
        }
      },
    ],
    async close() {
      sidecar.close();
      await Promise.all([close(), honest.close()]);
    },
  };
});
