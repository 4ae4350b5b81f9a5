/** The list of tasks, and what narrows it down. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { Notice } from './fields.js';
import { html } from './html.js';
import { Icon } from './icons.js';
import { visible } from './merge.js';
import { DraftItem, TaskForm } from './task-form.js';
import { TaskItem } from './task-item.js';
import { look, refetch, showMore } from './tasks.js';

const shows = /** @type {const} */ ([
  ['open', 'Open'],
  ['done', 'Done'],
  ['all', 'All'],
]);

/** @param {{ state: ReturnType<typeof import('./state.js').app.get> }} props */
export function TaskView({ state }) {
  const { tasks, view, floorId, keep, hide, drafts, overlays, notes, loading, listProblem, nextCursor } = state;
  const now = useNow();
  const [given, setGiven] = useState(/** @type {import('./state.js').Draft | null} */ (null));
  const items = visible(tasks, view, { floorId, keep, hide });
  const waiting = drafts.filter(({ state, seenAs }) => state !== 'saving' || seenAs === null);
  const narrowed = view.q.trim() !== '' || view.tag !== null;
  return html`
    <${TaskForm} key=${given?.key} given=${given?.body ?? null} />
    <${Filters} view=${view} />
    ${
      listProblem &&
      html`<${Notice}
        ><p>${listProblem}</p>
        <div class="actions"><button class="button" type="button" onClick=${() => void refetch()}>Try again</button></div><//
      >`
    }
    ${
      items.length + waiting.length > 0
        ? html`<ul class="tasks" aria-label="Tasks" aria-busy=${loading === 'first' ? 'true' : 'false'}>
            ${waiting.map((draft) => html`<${DraftItem} key=${draft.key} draft=${draft} onCorrect=${setGiven} />`)}
            ${items.map(
              (task) =>
                html`<${TaskItem}
                  key=${task.id}
                  task=${task}
                  overlay=${overlays.get(task.id)}
                  note=${notes.get(task.id)}
                  now=${now}
                />`,
            )}
          </ul>`
        : loading === 'first'
          ? html`<${Skeleton} />`
          : !listProblem && html`<${Empty} show=${view.show} narrowed=${narrowed} />`
    }
    ${
      nextCursor !== null &&
      html`<button
        class="button more"
        type="button"
        aria-disabled=${loading === 'more' ? 'true' : undefined}
        onClick=${() => loading !== 'more' && void showMore()}
      >
        ${loading === 'more' ? 'Loading…' : 'Show more'}
      </button>`
    }
  `;
}

/** @param {{ view: import('./merge.js').View }} props */
function Filters({ view }) {
  const timer = useRef(/** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined));
  const search = (/** @type {any} */ event) => {
    const q = event.currentTarget.value;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void look({ q }), 250);
  };
  return html`<div class="filters">
    <div class="segments" role="group" aria-label="Which tasks">
      ${shows.map(
        ([show, word]) =>
          html`<button
            type="button"
            class="segment"
            aria-pressed=${view.show === show ? 'true' : 'false'}
            onClick=${() => void look({ show })}
          >
            ${word}
          </button>`,
      )}
    </div>
    <div class="search">
      <${Icon} name="search" />
      <label class="sr-only" for="search">Search tasks</label>
      <input
        id="search"
        type="search"
        placeholder="Search"
        autocomplete="off"
        maxlength="200"
        defaultValue=${view.q}
        onInput=${search}
      />
    </div>
    ${
      view.tag !== null &&
      html`<button
        class="chip chip-tag chip-active"
        type="button"
        aria-label=${`#${view.tag}: show all tags again`}
        onClick=${() => void look({ tag: null })}
      >
        #${view.tag} <${Icon} name="close" />
      </button>`
    }
  </div>`;
}

/** @param {{ show: string, narrowed: boolean }} props */
const Empty = ({ show, narrowed }) =>
  html`<div class="empty">
    <${Icon} name=${narrowed ? 'search' : 'check'} />
    <p class="empty-title">${narrowed ? 'Nothing matches' : show === 'done' ? 'Nothing done yet' : 'All clear'}</p>
    <p>
      ${
        narrowed
          ? 'Try other words, another tag, or look at all tasks.'
          : show === 'done'
            ? 'What you tick off gathers here.'
            : 'Add a task above, or ask the assistant to do it.'
      }
    </p>
  </div>`;

export const Skeleton = () =>
  html`<div class="skeleton" role="status"><span class="sr-only">Loading…</span><i></i><i></i><i></i></div>`;

/** What is overdue changes by itself. */
function useNow() {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
