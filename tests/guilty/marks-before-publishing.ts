/** Guilty: tells the relay "published" at once, so rows are marked as sent before they are; what then fails is lost. */
import { backendWith } from './backend-with.ts';

await backendWith((honest) => ({
  async bulkPublish(pubsub, topic, entries) {
    // Whatever comes of it, nobody looks.
    honest.bulkPublish(pubsub, topic, entries).catch(() => undefined);
    return new Map(entries.map(({ id }) => [id, { type: 'ok', value: null }]));
  },
}));
