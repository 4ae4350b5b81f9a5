/** The live stream. The browser reconnects by itself after a lost connection, but not after a refusal: that part is here. */

/**
 * @param {object} options
 * @param {(event: import('./merge.js').TaskEvent) => void} options.onTask
 * @param {() => void} options.onOpen what came while nobody listened is not repeated: fetch the list
 * @param {(state: 'live' | 'reconnecting') => void} options.onState
 * @param {() => void} options.onRefused
 * @returns {() => void} closes it
 */
export function openStream({ onTask, onOpen, onState, onRefused }) {
  /** @type {EventSource} */
  let source;
  let refusals = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const connect = () => {
    clearTimeout(timer);
    source = new EventSource('/api/stream');
    source.addEventListener('open', () => {
      refusals = 0;
      onState('live');
      onOpen();
    });
    source.addEventListener('task', (message) => onTask(JSON.parse(message.data)));
    source.addEventListener('error', () => {
      onState('reconnecting');
      if (source.readyState !== EventSource.CLOSED) return;
      onRefused();
      timer = setTimeout(connect, Math.min(30_000, 1_000 * 2 ** refusals++));
    });
  };
  const reconnect = () => {
    source.close();
    connect();
  };
  // Waiting for the browser's own next try would leave the screen stale for seconds after the network is back.
  addEventListener('online', reconnect);
  connect();
  return () => {
    clearTimeout(timer);
    removeEventListener('online', reconnect);
    source.close();
  };
}
