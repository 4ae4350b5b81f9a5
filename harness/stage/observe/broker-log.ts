/** Reads what the broker really holds, so that nobody has to be believed about what was published. */
import { Consumer } from '@platformatic/kafka';
import type { BrokerRecord } from '../../evidence/records.ts';
import { within } from '../../process/within.ts';

export interface BrokerLogOptions {
  readonly brokers: readonly string[];
  readonly topics: readonly string[];
  /** Only records the broker appended at or after this time, ms since the epoch. */
  readonly sinceMs: number;
  readonly giveUpMs: number;
}

/** Reads each partition from its beginning to the end it had when the reading began. Rejects when that takes too long. */
export async function readBrokerLog({ brokers, topics, sinceMs, giveUpMs }: BrokerLogOptions): Promise<BrokerRecord[]> {
  const consumer = new Consumer({
    // A group of its own: the system's groups must not notice that somebody looks.
    groupId: `plumbline-${crypto.randomUUID()}`,
    clientId: 'plumbline',
    bootstrapBrokers: [...brokers],
    maxWaitTime: 50,
    timeout: giveUpMs,
  });
  try {
    return await within(giveUpMs, 'BROKER_LOG_UNREAD: the broker', (signal) => read(consumer, topics, sinceMs, signal));
  } finally {
    // A broker that stands still answers no good-bye either; what was read, or why not, is known by then.
    await within(closeMsMax, 'the broker', async () => consumer.close(true)).catch(() => undefined);
  }
}

const closeMsMax = 5_000;

async function read(
  consumer: Consumer,
  topics: readonly string[],
  sinceMs: number,
  signal: AbortSignal,
): Promise<BrokerRecord[]> {
  const ends = await consumer.listOffsets({ topics: [...topics] });
  const left = new Map<string, bigint>();
  for (const [topic, partitions] of ends)
    partitions.forEach((end, partition) => void (end > 0n && left.set(`${topic}/${partition}`, end)));
  const records: BrokerRecord[] = [];
  if (left.size === 0) return records;
  const stream = await consumer.consume({ topics: [...topics], mode: 'earliest', autocommit: false, maxWaitTime: 50 });
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
