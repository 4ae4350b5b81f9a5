/** Carries what the shop has to tell to its sidecar, of each order in its order, again and again until it is through. */
import type postgres from 'postgres';

export interface RelayOptions {
  readonly sql: postgres.Sql;
  readonly sidecarUrl: string;
  /** The pub/sub component. */
  readonly bus: string;
}

interface Outgoing {
  readonly nr: string;
  readonly order_number: string;
  readonly topics: readonly string[];
  readonly event: { readonly what: string };
}

const rowsMax = 50;
const publishMsMax = 5_000;
const idleMs = 1_000;
const afterTroubleMs = 300;

export function openRelay({ sql, sidecarUrl, bus }: RelayOptions) {
  const stopping = new AbortController();
  let ring = () => {};
  let end = () => {};
  let rung = false;

  /** True when it got something through and there may be more. Rows stay unsent until the sidecar has taken them: twice is better than never. */
  const pass = (): Promise<'more' | 'nothing' | 'trouble'> =>
    sql.begin(async (tx) => {
      // Two relays at once would not keep the order.
      const [lock] = await tx<{ mine: boolean }[]>`select pg_try_advisory_xact_lock(7001) as mine`;
      if (!lock?.mine) return 'nothing';
      const rows = await tx<Outgoing[]>`
        select nr::text, order_number, topics, event from shop.outgoing where sent_at is null order by line limit ${rowsMax}`;
      if (rows.length === 0) return 'nothing';
      const sent: string[] = [];
      const failed: { nr: string; trouble: string }[] = [];
      const perOrder = [...Map.groupBy(rows, (row) => row.order_number).values()];
      await Promise.all(
        perOrder.map(async (ofOne) => {
          for (const row of ofOne) {
            const trouble = await publish(row);
            if (trouble !== undefined) return void failed.push({ nr: row.nr, trouble });
            sent.push(row.nr);
          }
        }),
      );
      await tx`update shop.outgoing set sent_at = clock_timestamp(), tries = tries + 1 where nr = any (${sent}::uuid[])`;
      for (const { nr, trouble } of failed)
        await tx`update shop.outgoing set tries = tries + 1, trouble = ${trouble} where nr = ${nr}`;
      return failed.length > 0 ? 'trouble' : 'more';
    });

  /** A sentence when nobody can say that every topic has it. */
  async function publish({ nr, order_number, topics, event }: Outgoing): Promise<string | undefined> {
    const about = new URLSearchParams({
      'metadata.cloudevent.id': nr,
      'metadata.cloudevent.type': event.what,
      'metadata.partitionKey': order_number,
    });
    for (const topic of topics) {
      try {
        const response = await fetch(`${sidecarUrl}/v1.0/publish/${bus}/${topic}?${about}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(event),
          signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(publishMsMax)]),
        });
        const said = await response.text();
        if (!response.ok) return `${topic}: ${response.status} ${said.slice(0, 200)}`;
      } catch (error) {
        return `${topic}: ${(error as Error).message}`;
      }
    }
    return undefined;
  }

  const rest = (ms: number, wakeable: boolean) =>
    new Promise<void>((done) => {
      if (stopping.signal.aborted || (wakeable && rung)) return done();
      const timer = setTimeout(done, ms);
      end = () => {
        clearTimeout(timer);
        done();
      };
      ring = wakeable ? end : () => {};
    });

  const loop = (async () => {
    while (!stopping.signal.aborted) {
      rung = false;
      const came = await pass().catch((error: Error) => {
        process.stderr.write(`relay: ${error.message}\n`);
        return 'trouble' as const;
      });
      if (came === 'nothing') await rest(idleMs, true);
      // New orders must not shorten it, or load would hammer a broken way.
      if (came === 'trouble') await rest(afterTroubleMs, false);
    }
  })();

  return {
    wake() {
      rung = true;
      ring();
    },
    stop(): Promise<void> {
      stopping.abort();
      end();
      return loop;
    },
  };
}
