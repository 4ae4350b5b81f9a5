/** Takes orders. An order and the event that tells of it are one transaction; the relay carries the event on. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import postgres from 'postgres';
import { openRelay } from './relay.ts';

interface Line {
  readonly article: string;
  readonly pieces: number;
}
type Order = { readonly number: string; readonly customer: string; readonly lines: Line[]; readonly state: string };
type Verb = 'OrderPlaced' | 'OrderAmended' | 'OrderCancelled';

/** Ends a request with that status. */
class Refusal extends Error {
  readonly status: number;
  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

const bodyBytesMax = 64_000;
const sql = postgres(process.env.DATABASE_URL ?? '', { max: 10, onnotice: () => undefined });
await sql`create schema if not exists shop`;
await sql`create sequence if not exists shop.order_numbers`;
await sql`create table if not exists shop.orders
  (number text primary key, customer text not null, lines jsonb not null, state text not null default 'open')`;
await sql`create table if not exists shop.outgoing
  (line bigint generated always as identity primary key, nr uuid not null unique, order_number text not null,
   topics text[] not null, event jsonb not null, made_at timestamptz not null default clock_timestamp(),
   sent_at timestamptz, tries int not null default 0, trouble text)`;
await sql`create index if not exists outgoing_unsent on shop.outgoing (line) where sent_at is null`;

const relay = openRelay({ sql, sidecarUrl: `http://127.0.0.1:${process.env.DAPR_HTTP_PORT}`, bus: 'order-bus' });

/** What happened to an order, told in the transaction in which it happens. */
async function tell(tx: postgres.TransactionSql, what: Verb, order: Order): Promise<string> {
  const nr = randomUUID();
  const topics = what === 'OrderPlaced' ? ['orders'] : ['orders', 'order-changes'];
  const event = { nr, what, shape: '2', when: new Date().toISOString(), order: { ...order } };
  await tx`insert into shop.outgoing (nr, order_number, topics, event) values (${nr}, ${order.number}, ${topics}, ${tx.json(event as never)})`;
  return nr;
}

async function place({ customer, lines }: { customer: string; lines: Line[] }) {
  const told = await sql.begin(async (tx) => {
    const [order] = await tx<Order[]>`
      insert into shop.orders (number, customer, lines)
      values ('S-' || nextval('shop.order_numbers'), ${customer}, ${tx.json(lines as never)})
      returning number, customer, lines, state`;
    if (!order) throw new Error('an insert gave no row');
    return { order, nr: await tell(tx, 'OrderPlaced', order) };
  });
  relay.wake();
  return told;
}

/** The update locks the order: what happens to one order happens, and is told, one thing after the other. */
async function change(number: string, what: Exclude<Verb, 'OrderPlaced'>, lines: Line[] | null) {
  const told = await sql.begin(async (tx) => {
    const [order] = await tx<Order[]>`
      update shop.orders set lines = coalesce(${lines && tx.json(lines as never)}, lines), state = ${what === 'OrderCancelled' ? 'cancelled' : 'open'}
      where number = ${number} and state = 'open' returning number, customer, lines, state`;
    if (order) return { order, nr: await tell(tx, what, order) };
    const [closed] = await tx`select 1 from shop.orders where number = ${number}`;
    throw closed ? new Refusal(409, `Order ${number} is cancelled already.`) : new Refusal(404, `There is no order ${number}.`);
  });
  relay.wake();
  return told;
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, room = '', number] = new URL(request.url ?? '/', 'http://shop').pathname.split('/');
  if (room === 'alive' && (await sql`select 1`)) return void response.writeHead(200).end();
  if (room !== 'orders') throw new Refusal(404, 'There are only orders here.');
  const send = (status: number, order: Order, nr?: string) => {
    response.writeHead(status, { 'content-type': 'application/json', ...(nr && { 'x-order-event': nr }) });
    response.end(JSON.stringify(order));
  };
  if (request.method === 'POST' && number === undefined) {
    const { customer, lines } = await bodyOf(request);
    if (typeof customer !== 'string' || customer === '') throw new Refusal(422, 'customer must be a text.');
    const { order, nr } = await place({ customer, lines: linesOf(lines) });
    return send(201, order, nr);
  }
  if (number === undefined) throw new Refusal(405, 'Orders are placed here, with POST.');
  if (request.method === 'GET') {
    const [order] = await sql<Order[]>`select number, customer, lines, state from shop.orders where number = ${number}`;
    if (!order) throw new Refusal(404, `There is no order ${number}.`);
    return send(200, order);
  }
  if (request.method === 'PUT') {
    const { order, nr } = await change(number, 'OrderAmended', linesOf((await bodyOf(request)).lines));
    return send(200, order, nr);
  }
  if (request.method === 'DELETE') {
    const { nr } = await change(number, 'OrderCancelled', null);
    return void response.writeHead(204, { 'x-order-event': nr }).end();
  }
  throw new Refusal(405, 'An order can be read, amended with PUT, and cancelled with DELETE.');
}

async function bodyOf(request: IncomingMessage): Promise<{ customer?: unknown; lines?: unknown }> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > bodyBytesMax) throw new Refusal(413, `More than ${bodyBytesMax} bytes.`);
  }
  try {
    return Object(JSON.parse(text));
  } catch {
    throw new Refusal(400, 'The body is not JSON.');
  }
}

function linesOf(given: unknown): Line[] {
  const fine = ({ article, pieces }: Partial<Line>) =>
    typeof article === 'string' && Number.isInteger(pieces) && Number(pieces) > 0;
  if (!Array.isArray(given) || given.length === 0 || !given.every((line) => fine(Object(line))))
    throw new Refusal(422, 'lines must be a list of at least one { article, pieces }.');
  return given.map(({ article, pieces }: Line) => ({ article, pieces }));
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: Error) => {
    const status = error instanceof Refusal ? error.status : 500;
    if (status === 500) process.stderr.write(`${error.stack}\n`);
    const detail = status === 500 ? 'Something broke here. Nobody knows whether the order stands: look at it.' : error.message;
    response.writeHead(status, { 'content-type': 'application/problem+json' });
    response.end(JSON.stringify({ status, detail }));
  });
});
server.keepAliveTimeout = 95_000; // longer than a sidecar keeps an idle connection
server.listen(Number(process.env.APP_PORT), '127.0.0.1');

process.once('SIGTERM', async () => {
  server.close();
  server.closeIdleConnections();
  await relay.stop();
  await sql.end({ timeout: 2 });
  process.exit(0);
});
