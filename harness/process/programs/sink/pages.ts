/** What a person sees: the list, and one mail. */
import { html, type Markup, page } from '../html.ts';
import type { Mail } from './mails.ts';
import type { Push } from './pushes.ts';

/** A page with thousands of rows helps nobody; the API has them all. */
const rowsMax = 100;

export function listPage(mails: readonly Mail[], pushes: readonly Push[]): string {
  const body = html`<main>
    <h1>Mail and push sink</h1>
    <p class="soft">
      What the system under test sent. Nothing here was delivered to anybody: this stands in for an SMTP provider and for the
      browser vendors’ push services.
    </p>
    <p role="status" id="counts">${counted(mails.length, 'mail')}, ${counted(pushes.length, 'push', 'pushes')}.</p>
    <div id="lists">
      <h2>Mails</h2>
      ${rows(mails, mailRow, 'No mail yet.')}
      <h2>Pushes</h2>
      ${rows(pushes, pushRow, 'No push yet.')}
    </div>
  </main>`;
  return page({ title: 'Mail and push sink', body, script: '/refresh.js' });
}

export function mailPage(mail: Mail): string {
  const shown =
    mail.html === null
      ? html`<pre class="sheet">${mail.text}</pre>`
      : html`<iframe title="The mail as its reader sees it" src="/mails/${mail.id}/html" sandbox="${sandbox}"></iframe>
          <h2>As plain text</h2>
          <pre class="sheet">${mail.text}</pre>`;
  const body = html`<main>
    <p><a href="/">All mails and pushes</a></p>
    <h1>${mail.subject || '(no subject)'}</h1>
    <dl>
      <dt>From</dt>
      <dd>${mail.from}</dd>
      <dt>To</dt>
      <dd>${mail.to.join(', ')}</dd>
      <dt>Received</dt>
      <dd>${time(mail.receivedAt)}</dd>
    </dl>
    ${shown}
    <details>
      <summary>All headers</summary>
      <dl>
        ${Object.entries(mail.headers).map(
          ([name, value]) =>
            html`<dt>${name}</dt>
              <dd>${value}</dd>`,
        )}
      </dl>
    </details>
  </main>`;
  return page({ title: `${mail.subject || '(no subject)'} – mail sink`, body });
}

/** A frame that may do nothing but open a link in a tab of its own: that is what reminder mails are for. */
export const sandbox = 'allow-popups allow-popups-to-escape-sandbox';
export const framedHtml = (mail: Mail) => `<!doctype html><meta charset="utf-8"><base target="_blank">\n${mail.html ?? ''}`;

function rows<T>(things: readonly T[], row: (thing: T) => Markup, none: string): Markup {
  if (things.length === 0) return html`<p class="soft">${none}</p>`;
  const newest = things.slice(-rowsMax).reverse();
  const rest = things.length - newest.length;
  return html`<ul class="rows">
      ${newest.map(row)}
    </ul>
    ${rest === 0 ? '' : html`<p class="soft">and ${rest} older</p>`}`;
}

const mailRow = ({ id, from, to, subject, receivedAt }: Mail) =>
  html`<li>
    ${time(receivedAt)} <a id="mail-${id}" href="/mails/${id}">${subject || '(no subject)'}</a><br /><span class="soft"
      >${from} to ${to.join(', ')}</span
    >
  </li> `;

const pushRow = ({ subscription, headers, sizeBytes, payload, problem, receivedAt }: Push) =>
  html`<li>
    ${time(receivedAt)}
    ${payload === null ? html`<span class="bad">Not readable: ${problem ?? ''}</span>` : html`<code>${payload}</code>`}<br />
    <span class="soft">to ${subscription}, ${sizeBytes} bytes, kept for ${headers.ttl ?? '?'} s</span>
  </li> `;

function time(atMs: number): Markup {
  const at = new Date(atMs).toISOString();
  return html`<time datetime="${at}">${at.slice(0, 19).replace('T', ' ')} UTC</time>`;
}

const counted = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;
