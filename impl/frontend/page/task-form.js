/** New tasks: one line and Enter; everything else waits behind "Details". Below it, what has not arrived yet. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import {
  complaintsOf,
  DescriptionField,
  DueField,
  focusFirstComplaint,
  PriorityField,
  RemindersField,
  TagsField,
  valuesOf,
} from './fields.js';
import { html } from './html.js';
import { Icon } from './icons.js';
import { create, discard, send } from './tasks.js';

const empty = { title: '', description: null, priority_id: null, due_date: null, tags: [], reminder_lead_minutes: [60] };

/** @param {{ given: object | null }} props `given`: a task that could not be saved, to be put right */
export function TaskForm({ given }) {
  const [open, setOpen] = useState(given !== null);
  const [complaints, setComplaints] = useState(/** @type {Record<string, string>} */ ({}));
  const [round, setRound] = useState(0);
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  useLayoutEffect(() => {
    if (given) form.current?.querySelector('input')?.focus();
  }, []);
  const first = { ...empty, ...(round === 0 ? given : null) };

  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!form.current) return;
    const values = valuesOf(form.current);
    // Closed details hold no fields: then the server's own defaults count.
    const wrong = complaintsOf(values);
    setComplaints(wrong);
    if (Object.keys(wrong).length > 0) return focusFirstComplaint(form.current);
    void create(open ? values : { title: values.title });
    const title = /** @type {HTMLInputElement} */ (form.current.elements.namedItem('title'));
    title.value = '';
    title.focus();
    // New keys: the other fields start afresh too.
    setRound(round + 1);
  };

  return html`<form class="card new-task" ref=${form} onSubmit=${submit} novalidate aria-label="New task">
    <div class="new-line">
      <label class="sr-only" for="new-title">New task</label>
      <input
        id="new-title"
        name="title"
        class="new-title"
        placeholder="What needs doing?"
        autocomplete="off"
        enterkeyhint="done"
        maxlength="200"
        defaultValue=${first.title}
        aria-invalid=${complaints.title ? 'true' : undefined}
        aria-describedby=${complaints.title ? 'new-title-error' : undefined}
      />
      <button class="button button-main" type="submit"><${Icon} name="plus" /> Add</button>
    </div>
    ${complaints.title && html`<p class="error" id="new-title-error">${complaints.title}</p>`}
    <button
      class="link-button details-toggle"
      type="button"
      aria-expanded=${open ? 'true' : 'false'}
      aria-controls="new-details"
      onClick=${() => setOpen(!open)}
    >
      <${Icon} name="chevron" /> Details
    </button>
    <div id="new-details" hidden=${!open}>
      ${
        open &&
        html`<div class="field-grid" key=${round}>
          <${DueField} value=${first.due_date} />
          <${PriorityField} value=${first.priority_id} />
          <${TagsField} value=${first.tags} error=${complaints.tags} />
          <${RemindersField} value=${first.reminder_lead_minutes} error=${complaints.reminder_lead_minutes} />
          <${DescriptionField} value=${first.description} />
        </div>`
      }
    </div>
  </form>`;
}

const words = { saving: 'Saving…', failed: 'Not saved.', unsure: 'Not sure whether this was saved.' };

/** @param {{ draft: import('./state.js').Draft, onCorrect: (draft: import('./state.js').Draft) => void }} props */
export function DraftItem({ draft, onCorrect }) {
  const { state, message, body, key } = draft;
  return html`<li class="task draft draft-${state}">
    <div class="draft-line">
      <span class="task-title-text">${body.title}</span>
      <span class="chip" role="status"><${Icon} name=${state === 'saving' ? 'waiting' : 'alert'} /> ${words[state]}</span>
    </div>
    ${
      state !== 'saving' &&
      html`<p class="draft-message">
          ${message} ${state === 'unsure' && 'Trying again is safe: it will not make a second task.'}
        </p>
        <div class="actions">
          <button class="button" type="button" onClick=${() => void send(draft)}>Try again</button>
          ${
            state === 'failed' &&
            html`<button class="button" type="button" onClick=${() => (discard(key), onCorrect(draft))}>Correct it</button>`
          }
          <button class="button button-quiet" type="button" onClick=${() => discard(key)}>Discard</button>
        </div>`
    }
  </li>`;
}
