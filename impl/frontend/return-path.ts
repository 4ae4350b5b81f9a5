/** Where a browser goes after signing in. A path of this site and nothing else, or `/`: the rest is an open redirect. */
const charsMax = 512;

export function returnPathOf(text: unknown, publicUrl: URL): string {
  // Browsers drop control characters and read a backslash as a slash: `/\evil.example` is another host to them.
  if (typeof text !== 'string' || text.length > charsMax || !/^\/(?![/\\])[^\\\p{Cc}]*$/u.test(text)) return '/';
  if (!URL.canParse(text, publicUrl.href)) return '/';
  const url = new URL(text, publicUrl);
  // `/./` and the like may become `//` only after dots are resolved; the way to sign in would come back to itself.
  if (url.origin !== publicUrl.origin || url.pathname.startsWith('//') || url.pathname.startsWith('/auth/')) return '/';
  return `${url.pathname}${url.search}${url.hash}`;
}
