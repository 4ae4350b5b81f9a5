/** Prints a slip for everything that happens to an order: once, however often the sidecar brings it. */
import { createServer, type IncomingMessage } from 'node:http';
import postgres from 'postgres';

interface OrderEvent {
  readonly nr: string;
  readonly what: string;
  readonly order: { readonly number: string };
}

const sql = postgres(process.env.DATABASE_URL ?? '', { max: 8, onnotice: () => undefined });
await sql`create schema if not exists warehouse`;
await sql`create table if not exists warehouse.seen (event_nr uuid primary key)`;
await sql`create table if not exists warehouse.slips
  (slip bigint generated always as identity primary key, event_nr uuid not null, what text not null,
   order_number text not null, printed_at timestamptz not null default clock_timestamp())`;

const subscriptions = [{ pubsubname: 'order-bus', topic: 'orders', route: '/from-orders' }];

/** Seen and slip are one transaction. A second delivery at the same time waits for the first one's commit. */
async function print({ nr, what, order }: OrderEvent): Promise<void> {
  await sql.begin(async (tx) => {
    const first = await tx`insert into warehouse.seen (event_nr) values (${nr}) on conflict do nothing`;
    if (first.count === 0) return;
    await tx`insert into warehouse.slips (event_nr, what, order_number) values (${nr}, ${what}, ${order.number})`;
  });
}

async function answer(request: IncomingMessage): Promise<readonly [number, unknown?]> {
  if (request.url === '/alive' && (await sql`select 1`)) return [200];
  // From the sidecar and from nobody else.
  if (process.env.APP_API_TOKEN && request.headers['dapr-api-token'] !== process.env.APP_API_TOKEN) return [403];
  if (request.url === '/dapr/subscribe') return [200, subscriptions];
  if (request.url !== '/from-orders') return [404];
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  await print((JSON.parse(text) as { data: OrderEvent }).data);
  return [200, { status: 'SUCCESS' }];
}

const server = createServer((request, response) => {
  answer(request)
    .then(([status, body]) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(body === undefined ? '' : JSON.stringify(body));
    })
    .catch((error: Error) => {
      // Not a 2xx: the sidecar brings it again.
      process.stderr.write(`${error.stack}\n`);
      response.writeHead(500).end();
    });
});
server.keepAliveTimeout = 95_000; // longer than a sidecar keeps an idle connection
// Last: a sidecar asks for the subscriptions as soon as this port answers, and never again.
server.listen(Number(process.env.APP_PORT), '127.0.0.1');

process.once('SIGTERM', async () => {
  server.close();
  server.closeIdleConnections();
  await sql.end({ timeout: 2 });
  process.exit(0);
});
