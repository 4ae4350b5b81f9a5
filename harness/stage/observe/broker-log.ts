/** Reads what the broker really holds, so that nobody has to be believed about what was published. */
import { Consumer } from '@platformatic/kafka';
import type { BrokerRecord } from '../../evidence/records.ts';
import { within } from '../../process/within.ts';

/** By topic, of each partition: the offset that its next record gets. */
export type Offsets = ReadonlyMap<string, readonly bigint[]>;

export interface Broker {
  readonly brokers: readonly string[];
  readonly topics: readonly string[];
  readonly giveUpMs: number;
}

export interface BrokerLogOptions extends Broker {
  /** Only records the broker appended at or after this time, ms since the epoch. */
  readonly sinceMs: number;
  /** Where to begin; absent: at the beginning of all. */
  readonly from?: Offsets | undefined;
}

/** Where each topic ends now. Rejects when nobody answers in time. */
export async function endsOf(broker: Broker): Promise<Offsets> {
  const consumer = consumerOf(broker);
  try {
    return await within(broker.giveUpMs, 'the ends of the topics', async () =>
      consumer.listOffsets({ topics: [...broker.topics] }),
    );
  } finally {
    await closed(consumer);
  }
}

/** Reads each partition to the end it had when the reading began. Rejects when that takes too long. */
export async function readBrokerLog(options: BrokerLogOptions): Promise<BrokerRecord[]> {
  const consumer = consumerOf(options);
  try {
    return await within(options.giveUpMs, 'BROKER_LOG_UNREAD: the broker', (signal) => read(consumer, options, signal));
  } finally {
    await closed(consumer);
  }
}

async function read(
  consumer: Consumer,
  { topics, sinceMs, from }: BrokerLogOptions,
  signal: AbortSignal,
): Promise<BrokerRecord[]> {
  const ends = await consumer.listOffsets({ topics: [...topics] });
  const left = new Map<string, bigint>();
  const begin: { topic: string; partition: number; offset: bigint }[] = [];
  for (const [topic, partitions] of ends)
    partitions.forEach((end, partition) => {
      const offset = from?.get(topic)?.[partition] ?? 0n;
      begin.push({ topic, partition, offset });
      if (end > offset) left.set(`${topic}/${partition}`, end);
    });
  const records: BrokerRecord[] = [];
  if (left.size === 0) return records;
  const how = { topics: [...topics], autocommit: false, maxWaitTime: 50 };
  const stream = await consumer.consume(from ? { ...how, mode: 'manual', offsets: begin } : { ...how, mode: 'earliest' });
  // Nobody waits for it any more: it must not read on.
  const stop = () => void stream.destroy();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  for await (const { topic, partition, offset, timestamp, key, value } of stream) {
    const at = Number(timestamp);
    if (at >= Math.floor(sinceMs))
      records.push({
        topic,
        partition,
        offset: Number(offset),
        at,
        key: key ? key.toString('utf8') : null,
        ...envelope(value),
      });
    const slot = `${topic}/${partition}`;
    const end = left.get(slot);
    if (end !== undefined && offset >= end - 1n) left.delete(slot);
    if (left.size === 0) break;
  }
  return records.sort((a, b) => a.topic.localeCompare(b.topic) || a.partition - b.partition || a.offset - b.offset);
}

const consumerOf = ({ brokers, giveUpMs }: Broker) =>
  new Consumer({
    // A group of its own: the system's groups must not notice that somebody looks.
    groupId: `${ownGroups}${crypto.randomUUID()}`,
    clientId: 'plumbline',
    bootstrapBrokers: [...brokers],
    maxWaitTime: 50,
    timeout: giveUpMs,
    connectTimeout: 2_000,
    requestTimeout: giveUpMs,
  });

/** How the names of the groups begin that only look. */
export const ownGroups = 'plumbline-';

/** A client whose broker is gone may wait for an answer to its goodbye. */
const closed = (consumer: Consumer) => within(2_000, 'the broker', async () => consumer.close(true)).catch(() => undefined);

/** A record that is no CloudEvent stays visible as one: its whole value is the event and it has no id. */
function envelope(value: Buffer | undefined): Pick<BrokerRecord, 'contentType' | 'id' | 'event'> {
  const text = value?.toString('utf8') ?? '';
  try {
    const {
      id = null,
      datacontenttype = null,
      data,
    } = JSON.parse(text) as { id?: string; datacontenttype?: string; data?: unknown };
    return { id, contentType: datacontenttype, event: data };
  } catch {
    return { id: null, contentType: null, event: text };
  }
}
