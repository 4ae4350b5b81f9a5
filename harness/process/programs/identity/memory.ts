/** Sessions, grants and codes: in memory, so a revive forgets who was signed in. Access tokens are JWTs and outlive it. */
import type { Adapter, AdapterPayload } from 'oidc-provider';

interface Entry {
  readonly payload: AdapterPayload;
  readonly endsAtMs: number;
}

const entriesMax = 20_000;
const entries = new Map<string, Entry>();

export function memory(model: string): Adapter {
  const keyOf = (id: string) => `${model} ${id}`;
  const read = (key: string): AdapterPayload | undefined => {
    const entry = entries.get(key);
    if (entry !== undefined && entry.endsAtMs > Date.now()) return entry.payload;
    entries.delete(key);
    return undefined;
  };
  const search = (fits: (payload: AdapterPayload) => boolean) => {
    for (const key of entries.keys()) {
      const payload = key.startsWith(`${model} `) ? read(key) : undefined;
      if (payload !== undefined && fits(payload)) return payload;
    }
    return undefined;
  };
  return {
    async upsert(id, payload, expiresInS) {
      // Written again is written last: the oldest go first.
      entries.delete(keyOf(id));
      entries.set(keyOf(id), { payload, endsAtMs: expiresInS ? Date.now() + expiresInS * 1000 : Number.POSITIVE_INFINITY });
      if (entries.size > entriesMax) entries.delete(entries.keys().next().value as string);
    },
    find: async (id) => read(keyOf(id)),
    findByUid: async (uid) => search((payload) => payload.uid === uid),
    findByUserCode: async (userCode) => search((payload) => payload.userCode === userCode),
    async consume(id) {
      const payload = read(keyOf(id));
      if (payload) payload.consumed = Math.floor(Date.now() / 1000);
    },
    async destroy(id) {
      entries.delete(keyOf(id));
    },
    async revokeByGrantId(grantId) {
      for (const [key, { payload }] of entries) if (payload.grantId === grantId) entries.delete(key);
    },
  };
}
