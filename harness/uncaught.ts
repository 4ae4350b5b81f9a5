/**
 * Errors that nobody caught: a rejection nobody waited for, an 'error' event nobody listens to. Each is somebody's, and none may end the
 * process with the exit code that convicts the system: it goes to the one who began last and is not over yet.
 */
type Owner = (error: Error) => void;

const owners: Owner[] = [];

/** From now on they are `owner`'s, until what this returns is called. */
export function ownUncaught(owner: Owner): () => void {
  // Of its own, so that the same function may own twice.
  const mine: Owner = (error) => owner(error);
  owners.push(mine);
  return () => void owners.splice(owners.indexOf(mine), 1);
}

/**
 * Called once, by the command line: `last` gets what nobody owns. A reader of ours that has seen enough (`| head`) ends nothing; what
 * else kept us from being heard (a full disk) is in the result.
 */
export function hearUncaught(last: Owner): { readonly unheard: boolean } {
  const hear = (thrown: unknown) => (owners.at(-1) ?? last)(thrown instanceof Error ? thrown : new Error(String(thrown)));
  process.on('uncaughtException', hear);
  process.on('unhandledRejection', hear);
  const heard = { unheard: false };
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', ({ code }: NodeJS.ErrnoException) => {
      heard.unheard ||= code !== 'EPIPE' && code !== 'ERR_STREAM_DESTROYED';
    });
  return heard;
}
