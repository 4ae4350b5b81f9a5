/** One backend on a real Postgres, without a sidecar: spoken to through its contract. */
import connect from 'postgres';
import { type Replica, type Scene, withPostgres } from '../scene.ts';
import { type Call, callsTo } from './contract.ts';

export interface BackendScene extends Scene {
  readonly replica: Replica;
  readonly url: string;
  readonly sql: connect.Sql;
  /** Calls below this user's `/api/:user_id`, with a token of theirs. */
  as(userId: string): Promise<Call>;
}

export async function withBackend(act: (scene: BackendScene) => Promise<void>): Promise<void> {
  await withPostgres(async (scene) => {
    const replica = await scene.start('backend', 0);
    const sql = connect(scene.databaseUrl, { max: 2 });
    scene.scope.defer('close the test connection', () => sql.end());
    await act({
      ...scene,
      replica,
      url: replica.url,
      sql,
      async as(userId) {
        const call = callsTo(replica.url, await scene.headersOf(userId));
        return (method, path, sent) => call(method, `/api/${encodeURIComponent(userId)}${path}`, sent);
      },
    });
  });
}
