/** What of a browser matters here: cookies by host and path, redirects, and what it says about where a call comes from. */
export interface Browser {
  fetch(url: string, init?: RequestInit): Promise<Response>;
  /** As the page's own scripts call. */
  call(method: string, url: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Through the provider's own form; resolves with the address it ends at. */
  signIn(site: string, name: string, path?: string): Promise<string>;
  cookie(url: string): string;
  setCookie(url: string, name: string, value: string): void;
}

interface Kept {
  readonly origin: string;
  readonly path: string;
  readonly value: string;
}

export function openBrowser(): Browser {
  const jar = new Map<string, Kept>();
  const cookie = (url: string) => {
    const { origin, pathname } = new URL(url);
    const fitting = [...jar].filter(([, kept]) => kept.origin === origin && pathname.startsWith(kept.path));
    return fitting.map(([key, kept]) => `${key.split(' ')[1]}=${kept.value}`).join('; ');
  };
  const keep = (url: string, line: string) => {
    const [pair = '', ...attributes] = line.split(';').map((each) => each.trim());
    const [name, value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
    const attribute = (wanted: string) => attributes.find((each) => each.toLowerCase().startsWith(`${wanted}=`))?.split('=')[1];
    const expires = attribute('expires');
    const key = `${new URL(url).origin} ${name}`;
    if (expires !== undefined && Date.parse(expires) <= Date.now()) jar.delete(key);
    else jar.set(key, { origin: new URL(url).origin, path: attribute('path') ?? '/', value });
  };
  const browser: Browser = {
    cookie,
    setCookie: (url, name, value) => keep(url, `${name}=${value}; path=/`),
    async fetch(url, init = {}) {
      const headers = new Headers(init.headers);
      if (cookie(url) !== '') headers.set('cookie', cookie(url));
      const answer = await fetch(url, { redirect: 'manual', ...init, headers });
      for (const line of answer.headers.getSetCookie()) keep(url, line);
      return answer;
    },
    call: (method, url, body, headers = {}) =>
      browser.fetch(url, {
        method,
        headers: {
          'x-requested-with': 'todo',
          origin: new URL(url).origin,
          'sec-fetch-site': 'same-origin',
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    async signIn(site, name, path = '/') {
      let url = `${site}/auth/login?return_to=${encodeURIComponent(path)}`;
      for (let hops = 0; hops < 12; hops += 1) {
        let answer = await browser.fetch(url);
        if (answer.status === 200 && url.includes('/interaction/')) {
          answer = await browser.fetch(url, { method: 'POST', body: new URLSearchParams({ name }) });
        }
        const location = answer.headers.get('location');
        if (location === null) throw new Error(`signing in stopped at ${url} with ${answer.status}: ${await answer.text()}`);
        url = new URL(location, url).href;
        if (answer.url.startsWith(`${site}/auth/callback`)) return url;
      }
      throw new Error('signing in went round in circles');
    },
  };
  return browser;
}
