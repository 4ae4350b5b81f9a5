/** What is kept of an answer's headers: every name, since any may be promised, and of its value enough to recognise it. */
const valueLengthMax = 80;
/** Whoever holds one of these is let in. */
const secret = new Set(['set-cookie', 'authorization']);

/** `headers`: name and value pairs; lower-cased in what comes back. */
export const seenHeaders = (headers: Iterable<readonly [string, string]>): Record<string, string> =>
  Object.fromEntries(
    [...headers].map(([name, value]) => {
      const lower = name.toLowerCase();
      return [lower, secret.has(lower) ? '' : value.slice(0, valueLengthMax)];
    }),
  );
