/** One task: a row to tick off, or the form that changes it. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import {
  complaintsOf,
  DescriptionField,
  DueField,
  Field,
  focusFirstComplaint,
  Notice,
  PriorityField,
  RemindersField,
  TagsField,
  valuesOf,
} from './fields.js';
import { isOverdue, priorityWord, whenWords } from './format.js';
import { html } from './html.js';
import { Icon } from './icons.js';
import { fieldMessages, messageOf } from './problem.js';
import { app, withEntry } from './state.js';
import { look, reload, removeTask, saveEdit, setCompleted } from './tasks.js';

/** @typedef {import('./merge.js').Task} Task */

/** @param {{ task: Task, overlay: object | undefined, note: import('./state.js').Note | undefined, now: Date }} props */
export function TaskItem({ task, overlay, note, now }) {
  const [editing, setEditing] = useState(false);
  const row = useRef(/** @type {HTMLLIElement | null} */ (null));
  const wasEditing = useRef(false);
  useLayoutEffect(() => {
    if (wasEditing.current && !editing) focusIn(row.current, '.task-title');
    wasEditing.current = editing;
  }, [editing]);
  const shown = /** @type {Task} */ ({ ...task, ...overlay });
  return html`<li
    class="task ${shown.completed ? 'task-done' : ''} ${editing ? 'task-editing' : ''}"
    id="task-${task.id}"
    ref=${row}
  >
    ${
      editing
        ? html`<${TaskEdit} task=${task} onDone=${() => setEditing(false)} />`
        : html`<${TaskRow} task=${shown} now=${now} onEdit=${() => setEditing(true)} />`
    }
    ${note && html`<${TaskNote} id=${task.id} note=${note} />`}
  </li>`;
}

/** @param {{ task: Task, now: Date, onEdit: () => void }} props */
function TaskRow({ task, now, onEdit }) {
  const { id, title, description, completed, priority_id, due_date, tags, template_id } = task;
  const overdue = isOverdue(task, now);
  const facts = due_date !== null || priority_id !== null || tags.length > 0 || template_id !== null;
  return html`<div class="task-row">
    <label class="tick">
      <input
        type="checkbox"
        checked=${completed}
        aria-label=${`Done: ${title}`}
        onChange=${(/** @type {any} */ event) => void setCompleted(task, event.currentTarget.checked)}
      />
      <span class="tick-box"><${Icon} name="check" /></span>
    </label>
    <div class="task-main">
      <button class="task-title" type="button" aria-label=${`Edit: ${title}`} onClick=${onEdit}>
        <span class="task-title-text">${title}</span><${Icon} name="pencil" />
      </button>
      ${description && html`<p class="task-description">${description}</p>`}
      ${
        facts &&
        html`<ul class="facts" aria-label="About this task">
          ${
            due_date !== null &&
            html`<li class="chip ${overdue ? 'chip-overdue' : ''}">
              <${Icon} name=${overdue ? 'alert' : 'clock'} />
              <span>${overdue ? 'Overdue: ' : ''}<time datetime=${due_date}>${whenWords(due_date, now)}</time></span>
            </li>`
          }
          ${
            priority_id !== null &&
            html`<li class="chip chip-priority-${priority_id}"><${Icon} name="flag" /> ${priorityWord(priority_id)}</li>`
          }
          ${template_id !== null && html`<li class="chip"><${Icon} name="repeat" /> Recurring</li>`}
          ${tags.map(
            (tag) =>
              html`<li key=${tag}>
                <button
                  class="chip chip-tag"
                  type="button"
                  aria-label=${`Only tasks with #${tag}`}
                  onClick=${() => void look({ tag })}
                >
                  #${tag}
                </button>
              </li>`,
          )}
        </ul>`
      }
    </div>
    <button
      class="icon-button task-delete"
      type="button"
      aria-label=${`Delete: ${title}`}
      onClick=${(/** @type {MouseEvent} */ event) => removeTask({ ...task, id }, { focusUndo: event.detail === 0 })}
    >
      <${Icon} name="trash" />
    </button>
  </div>`;
}

/** @param {{ task: Task, onDone: () => void }} props */
function TaskEdit({ task, onDone }) {
  // What the fields began with: only what the user changed since is sent, so other people's changes of other fields survive.
  const [first, setFirst] = useState(task);
  const [revision, setRevision] = useState(task.revision);
  const [saving, setSaving] = useState(false);
  const [complaints, setComplaints] = useState(/** @type {Record<string, string>} */ ({}));
  const [message, setMessage] = useState('');
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  useLayoutEffect(() => focusIn(form.current, 'input'), []);
  const elsewhere = task.revision > revision && !saving;

  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!form.current || saving) return;
    const values = valuesOf(form.current);
    const wrong = complaintsOf(values);
    setComplaints(wrong);
    if (Object.keys(wrong).length > 0) return focusFirstComplaint(form.current);
    const patch = differenceOf(values, first);
    if (Object.keys(patch).length === 0) return onDone();
    setSaving(true);
    setMessage('');
    const outcome = await saveEdit(task.id, revision, patch);
    setSaving(false);
    if (outcome.type === 'ok') return onDone();
    if (outcome.type === 'unsure' && holds(task.id, patch)) return onDone();
    setComplaints(fieldMessages(outcome));
    // What was changed elsewhere has a notice of its own.
    setMessage(outcome.status === 412 ? '' : messageOf(outcome));
    focusFirstComplaint(form.current);
  };
  const takeTheirs = () => {
    setFirst(task);
    setRevision(task.revision);
    focusIn(form.current, 'input');
  };

  return html`<form
    class="task-form"
    ref=${form}
    novalidate
    aria-label=${`Edit ${task.title}`}
    onSubmit=${submit}
    onKeyDown=${(/** @type {KeyboardEvent} */ event) => event.key === 'Escape' && onDone()}
  >
    ${
      elsewhere &&
      html`<${Notice} kind="unsure">
        <p><strong>Changed elsewhere</strong> while you were editing: now “${task.title}”.</p>
        <div class="actions">
          <button class="button" type="button" onClick=${takeTheirs}>Load that version</button>
          <button class="button button-quiet" type="button" onClick=${() => setRevision(task.revision)}>Keep my changes</button>
        </div>
      <//>`
    }
    <div class="field-grid" key=${first.revision}>
      <${Field} label="Title" error=${complaints.title} class="field-wide">
        ${(/** @type {object} */ control) =>
          html`<input name="title" maxlength="200" autocomplete="off" defaultValue=${first.title} ...${control} />`}
      <//>
      <${DueField} value=${first.due_date} error=${complaints.due_date} />
      <${PriorityField} value=${first.priority_id} error=${complaints.priority_id} />
      <${TagsField} value=${first.tags} error=${complaints.tags} />
      <${RemindersField} value=${first.reminder_lead_minutes} error=${complaints.reminder_lead_minutes} />
      <${DescriptionField} value=${first.description} error=${complaints.description} />
    </div>
    ${message && html`<${Notice}>${message}<//>`}
    <div class="actions">
      <button class="button button-main" type="submit" aria-disabled=${saving ? 'true' : undefined}>
        ${saving ? 'Saving…' : 'Save'}
      </button>
      <button class="button button-quiet" type="button" onClick=${onDone}>Cancel</button>
    </div>
  </form>`;
}

/** @param {{ id: number, note: import('./state.js').Note }} props */
const TaskNote = ({ id, note }) =>
  html`<${Notice} kind=${note.kind}>
    <p>${note.text}</p>
    <div class="actions">
      <button class="button" type="button" onClick=${() => (clearNote(id), void reload(id))}>Reload this task</button>
      <button class="button button-quiet" type="button" onClick=${() => clearNote(id)}>Dismiss</button>
    </div>
  <//>`;

/** @param {number} id */
function clearNote(id) {
  app.set(({ notes }) => ({ notes: withEntry(notes, id, undefined) }));
}

/** @param {ReturnType<typeof valuesOf>} values @param {Task} first */
function differenceOf(values, first) {
  const began = { ...first, due_date: first.due_date === null ? null : minuteOf(first.due_date) };
  const entries = Object.entries(values).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(/** @type {Record<string, unknown>} */ (began)[name]),
  );
  return Object.fromEntries(entries);
}

/** The control knows minutes only: seconds that it can't show are no change. @param {string} iso */
const minuteOf = (iso) => new Date(Math.floor(Date.parse(iso) / 60_000) * 60_000).toISOString();

/** After an answer was lost: does the server have what was asked for? @param {number} id @param {object} patch */
function holds(id, patch) {
  const task = app.get().tasks.entries.get(id)?.task;
  return task !== undefined && Object.keys(differenceOf({ ...valuesLike(task), ...patch }, task)).length === 0;
}

/** @param {Task} task */
const valuesLike = ({ title, description, priority_id, due_date, tags, reminder_lead_minutes }) => ({
  ...{ title, description, priority_id, tags, reminder_lead_minutes },
  due_date: due_date === null ? null : minuteOf(due_date),
});

/** @param {Element | null} within @param {string} selector */
function focusIn(within, selector) {
  /** @type {HTMLElement | null | undefined} */ (within?.querySelector(selector))?.focus();
}
