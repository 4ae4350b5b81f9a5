/**
 * From where on a lane reads while some topics rest and much waits for them: what lies below has been looked at, and waits for those
 * topics alone. So a long outage of one does not make each read of the others longer.
 */

/** Numbers are given before they are committed. No transaction of ours lasts longer: its statements and its pauses have limits. */
const openTransactionMsMax = 30_000;

export function openFloor(nowMs = () => performance.now()) {
  let snapshots: { atMs: number; seq: string }[] = [];
  let cleared: { readonly seq: string; readonly topics: readonly string[] } | undefined;
  return {
    /** For a look that leaves out these topics. */
    of: (resting: readonly string[]): string =>
      cleared !== undefined && resting.length > 0 && cleared.topics.every((topic) => resting.includes(topic)) ? cleared.seq : '0',
    /** The newest number that any row has, seen before a look. */
    snapshot(seq: string): void {
      snapshots.push({ atMs: nowMs(), seq });
    },
    /** A look read all there was but for these topics, no key was left out, and all it read was sent. */
    allSentBut(resting: readonly string[]): void {
      const old = snapshots.findLastIndex(({ atMs }) => atMs <= nowMs() - openTransactionMsMax);
      if (old === -1) return;
      cleared = { seq: snapshots[old]!.seq, topics: resting };
      snapshots = snapshots.slice(old);
    },
    /** Other buckets, or nothing rests any more. */
    forget(): void {
      snapshots = [];
      cleared = undefined;
    },
  };
}
