/** Form controls with their label, hint and error tied together, and the fields that tasks and templates share. */
import { useId } from 'preact/hooks';
import { isoOfLocal, leadMinutesOffered, leadWords, localInputOf, priorities, tagsOf } from './format.js';
import { html } from './html.js';
import { Icon } from './icons.js';

/**
 * @param {{ label: string, hint?: string, error?: string | undefined, class?: string,
 *   children: (control: Record<string, unknown>) => unknown }} props
 */
export function Field({ label, hint, error, class: className = '', children }) {
  const id = useId();
  const describedBy = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return html`<div class="field ${className}">
    <label for=${id}>${label}</label>
    ${children({ id, 'aria-describedby': describedBy || undefined, 'aria-invalid': error ? 'true' : undefined })}
    ${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`} ${error && html`<p class="error" id="${id}-error">${error}</p>`}
  </div>`;
}

/** @param {{ kind?: 'error' | 'unsure' | 'calm', children?: unknown }} props */
export const Notice = ({ kind = 'error', children }) =>
  html`<div class="notice notice-${kind}" role=${kind === 'error' ? 'alert' : 'status'}>
    <${Icon} name=${kind === 'calm' ? 'live' : 'alert'} />
    <div class="notice-body">${children}</div>
  </div>`;

/** @param {{ value: number | null, error?: string | undefined }} props */
export const PriorityField = ({ value, error }) =>
  html`<${Field} label="Priority" error=${error}>
    ${(/** @type {object} */ control) =>
      html`<select name="priority_id" ...${control}>
        <option value="" selected=${value === null}>None</option>
        ${priorities.map(([id, word]) => html`<option value=${id} selected=${value === id}>${word}</option>`)}
      </select>`}
  <//>`;

/** @param {{ value: readonly string[], error?: string | undefined }} props */
export const TagsField = ({ value, error }) =>
  html`<${Field} label="Tags" hint="Separate with commas" error=${error}>
    ${(/** @type {object} */ control) =>
      html`<input name="tags" autocomplete="off" defaultValue=${value.join(', ')} maxlength="1000" ...${control} />`}
  <//>`;

/** @param {{ value: string | null, error?: string | undefined }} props */
export const DescriptionField = ({ value, error }) =>
  html`<${Field} label="Description" error=${error} class="field-wide">
    ${(/** @type {object} */ control) =>
      html`<textarea name="description" rows="3" maxlength="10000" defaultValue=${value ?? ''} ...${control}></textarea>`}
  <//>`;

/** @param {{ value: string | null, error?: string | undefined }} props */
export const DueField = ({ value, error }) =>
  html`<${Field} label="Due" error=${error}>
    ${(/** @type {object} */ control) =>
      html`<input
        type="datetime-local"
        name="due_date"
        max="9999-12-31T23:59"
        defaultValue=${localInputOf(value)}
        ...${control}
      />`}
  <//>`;

/** @param {{ value: readonly number[], error?: string | undefined }} props */
export function RemindersField({ value, error }) {
  const id = useId();
  const offered = [...new Set([...leadMinutesOffered, ...value])].sort((a, b) => a - b);
  return html`<fieldset class="field field-wide" aria-describedby=${error ? `${id}-error` : undefined}>
    <legend>Remind me</legend>
    <div class="choices">
      ${offered.map(
        (minutes) =>
          html`<label class="choice">
            <input type="checkbox" name="reminder_lead_minutes" value=${minutes} defaultChecked=${value.includes(minutes)} />
            <span>${leadWords(minutes)}</span>
          </label>`,
      )}
    </div>
    ${error && html`<p class="error" id="${id}-error">${error}</p>`}
  </fieldset>`;
}

/** What the fields above hold, as the API wants it. @param {HTMLFormElement} form */
export function valuesOf(form) {
  const fields = new FormData(form);
  const text = (/** @type {string} */ name) => String(fields.get(name) ?? '').trim();
  return {
    title: text('title'),
    description: text('description') || null,
    priority_id: Number(text('priority_id')) || null,
    due_date: isoOfLocal(text('due_date')),
    tags: tagsOf(text('tags')),
    reminder_lead_minutes: fields.getAll('reminder_lead_minutes').map(Number),
  };
}

/** What can be seen to be wrong before asking the server. @param {ReturnType<typeof valuesOf>} values */
export function complaintsOf({ title, tags, reminder_lead_minutes }) {
  /** @type {Record<string, string>} */
  const complaints = {};
  if (title === '') complaints.title = 'Say what is to be done.';
  if (tags.length > 20) complaints.tags = 'At most 20 tags, please.';
  else if (tags.some((tag) => tag.length > 50)) complaints.tags = 'A tag has at most 50 characters.';
  if (reminder_lead_minutes.length > 5) complaints.reminder_lead_minutes = 'At most 5 reminders, please.';
  return complaints;
}

/** The first control that was complained about. @param {HTMLFormElement | null} form */
export function focusFirstComplaint(form) {
  requestAnimationFrame(() =>
    /** @type {HTMLElement | null | undefined} */ (form?.querySelector('[aria-invalid="true"]'))?.focus(),
  );
}
