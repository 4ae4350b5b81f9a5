/** Who listens on a port, from /proc: for the error message only. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { allPids } from './family.ts';

const LISTEN = '0A';

/** `pid 4711 (node server.js)`, or `undefined` where we can't see it (another user's, or no /proc). */
export function ownerOf(port: number): string | undefined {
  const sockets = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningInodes(table, port)));
  if (sockets.size === 0) return undefined;
  for (const pid of allPids()) {
    try {
      for (const fd of readdirSync(`/proc/${pid}/fd`)) {
        if (!sockets.has(readlinkSync(`/proc/${pid}/fd/${fd}`))) continue;
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        return `pid ${pid} (${command.slice(0, 120)})`;
      }
    } catch {
      // Not ours to look into, or gone meanwhile.
    }
  }
  return undefined;
}

function listeningInodes(table: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  let lines: string[];
  try {
    lines = readFileSync(table, 'utf8').split('\n').slice(1);
  } catch {
    return [];
  }
  return lines.flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    return fields[3] === LISTEN && fields[1]?.endsWith(`:${wanted}`) ? [`socket:[${fields[9]}]`] : [];
  });
}
