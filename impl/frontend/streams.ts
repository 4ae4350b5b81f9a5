/**
 * The open screens, by user. A screen that does not keep up is let go instead of being kept in memory: it comes back by
 * itself and reads its list anew. Nothing is replayed for the same reason: `task-updates` tells the newest, once.
 */
export interface Screen {
  /** False when too much of what was written before is still not on its way. */
  write(text: string): boolean;
  end(): void;
  /** Without waiting for what is not on its way yet. */
  drop(): void;
}

export interface StreamsOptions {
  readonly perUserMax: number;
  readonly totalMax: number;
}

export interface Streams {
  /** What to call when the screen is gone; or which limit it met. */
  open(userId: string, screen: Screen): (() => void) | 'USER_FULL' | 'ALL_FULL';
  /** To the screens of this user only. Says how many took it. */
  send(userId: string, text: string): number;
  /** Keeps proxies from closing quiet connections, and finds those that are dead. */
  beat(): void;
  endAll(): void;
  readonly size: number;
}

export function openStreams({ perUserMax, totalMax }: StreamsOptions): Streams {
  const byUser = new Map<string, Set<Screen>>();
  let size = 0;
  let isEnding = false;

  function remove(userId: string, screen: Screen): void {
    const screens = byUser.get(userId);
    if (!screens?.delete(screen)) return;
    size -= 1;
    if (screens.size === 0) byUser.delete(userId);
  }

  function write(userId: string, screen: Screen, text: string): boolean {
    if (screen.write(text)) return true;
    remove(userId, screen);
    screen.drop();
    return false;
  }

  return {
    open(userId, screen) {
      const screens = byUser.get(userId) ?? new Set();
      if (screens.size >= perUserMax) return 'USER_FULL';
      // Also when stopping: a connection that is still there must not get a stream that nobody ends.
      if (size >= totalMax || isEnding) return 'ALL_FULL';
      byUser.set(userId, screens.add(screen));
      size += 1;
      return () => remove(userId, screen);
    },
    send: (userId, text) => [...(byUser.get(userId) ?? [])].filter((screen) => write(userId, screen, text)).length,
    beat() {
      for (const [userId, screens] of byUser) for (const screen of [...screens]) write(userId, screen, ': still here\n\n');
    },
    endAll() {
      isEnding = true;
      for (const [userId, screens] of byUser) {
        for (const screen of [...screens]) {
          remove(userId, screen);
          screen.end();
        }
      }
    },
    get size() {
      return size;
    },
  };
}
