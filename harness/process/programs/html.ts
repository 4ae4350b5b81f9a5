/** Pages as strings in which nothing from outside is ever markup: what is put into `html` is escaped, unless `html` made it. */
import { forHtml } from '../../for-html.ts';

class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type { Markup };
type Piece = string | number | Markup | readonly Piece[];

export function html(parts: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  return new Markup(parts.map((part, index) => part + (index < pieces.length ? textOf(pieces[index] as Piece) : '')).join(''));
}

/** Markup of someone else who escapes as we do. */
export const trusted = (text: string) => new Markup(text);

function textOf(piece: Piece): string {
  if (piece instanceof Markup) return piece.text;
  if (typeof piece === 'object') return piece.map(textOf).join('');
  return forHtml(piece);
}

export interface PageOptions {
  readonly title: string;
  readonly body: Markup;
  /** Path of the page's own script, if it has one. */
  readonly script?: string;
}

export function page({ title, body, script }: PageOptions): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/page.css" />
        ${script === undefined ? '' : html`<script type="module" src="${script}"></script>`}
      </head>
      <body>
        ${body}
      </body>
    </html> `.text;
}

/** For every page: nothing from elsewhere, no inline script or style, framed by nobody. `also` adds what one page needs. */
export function securityHeaders(also: Readonly<Record<string, string>> = {}): Record<string, string> {
  const policy = {
    'default-src': "'none'",
    'style-src': "'self'",
    'script-src': "'self'",
    'connect-src': "'self'",
    'img-src': 'data:',
    'form-action': "'none'",
    'base-uri': "'none'",
    'frame-ancestors': "'none'",
    ...also,
  };
  return {
    'content-security-policy': Object.entries(policy)
      .map(([name, value]) => `${name} ${value}`)
      .join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  };
}
