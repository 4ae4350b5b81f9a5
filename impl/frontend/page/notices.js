/** What happened lately, as the notification service has heard it. */
import { useEffect, useState } from 'preact/hooks';
import { call, withQuery } from './api.js';
import { Notice } from './fields.js';
import { whenWords } from './format.js';
import { html } from './html.js';
import { Icon } from './icons.js';
import { messageOf } from './problem.js';
import { Skeleton } from './task-view.js';

const rowsShown = 50;
/** A notice takes another way than the live event, and comes after it: how long after, nobody tells. */
const readAgainMs = [0, 1_000, 4_000, 15_000];
/** @type {Record<string, [import('./icons.js').IconName, string]>} */
const kinds = {
  'task.created': ['plus', 'Created'],
  'task.updated': ['pencil', 'Changed'],
  'task.completed': ['check', 'Completed'],
  'task.deleted': ['trash', 'Deleted'],
  'reminder.due': ['bell', 'Reminder due'],
  'reminder.sent': ['bell', 'Reminder sent'],
  'reminder.failed': ['alert', 'Reminder failed'],
};

/** @param {{ news: number }} props */
export default function Notices({ news }) {
  const [items, setItems] = useState(/** @type {import('../../../contracts/types.ts').NoticePage['items'] | null} */ (null));
  const [problem, setProblem] = useState('');
  const load = async () => {
    const outcome = await call('GET', withQuery('/api/notices', { limit: rowsShown }));
    setProblem(messageOf(outcome));
    if (outcome.type === 'ok') setItems(outcome.value.items);
  };
  useEffect(() => {
    const timers = readAgainMs.map((ms) => setTimeout(() => void load(), ms));
    return () => timers.forEach(clearTimeout);
  }, [news]);
  const now = new Date();
  return html`
    ${
      problem &&
      html`<${Notice}
        ><p>${problem}</p>
        <div class="actions"><button class="button" type="button" onClick=${() => void load()}>Try again</button></div><//
      >`
    }
    ${items === null && !problem && html`<${Skeleton} />`}
    ${
      items?.length === 0 &&
      html`<div class="empty">
        <${Icon} name="activity" />
        <p class="empty-title">Quiet so far</p>
        <p>What happens to your tasks is told here.</p>
      </div>`
    }
    ${
      items !== null &&
      items.length > 0 &&
      html`<ol class="notices" aria-label="Activity">
        ${items.map(({ event_id, event_type, title, created_at }) => {
          const [icon, word] = kinds[event_type] ?? ['activity', event_type];
          return html`<li key=${event_id}>
            <${Icon} name=${icon} />
            <span class="notice-words"><span class="notice-kind">${word}</span> <span class="notice-title">${title}</span></span>
            <time datetime=${created_at}>${whenWords(created_at, now)}</time>
          </li>`;
        })}
      </ol>`
    }
  `;
}
