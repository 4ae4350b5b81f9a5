/** Ends an HTTP server without breaking a request that has begun. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Call it before `listen`. What it returns resolves when the last answer is out. */
export function openDrain(server: Server): () => Promise<void> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return async () => {
    const closed = new Promise<void>((done) => void server.close(() => done()));
    // Again and again: a connection whose last answer left just before the flag was set turns idle only now.
    const closingIdle = setInterval(closeIdle, 20);
    closeIdle();
    await closed;
    clearInterval(closingIdle);
  };

  function closeIdle(): void {
    server.closeIdleConnections();
    // Node counts a connection that never said a word as busy, and browsers open such ones ahead of need.
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  }
}
