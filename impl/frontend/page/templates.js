/** Recurring tasks: the templates, when each comes next, and the form for a new one. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { call, withQuery } from './api.js';
import { Dialog } from './dialog.js';
import { Field, focusFirstComplaint, Notice, PriorityField, TagsField, valuesOf } from './fields.js';
import { localInputOf, priorityWord, ruleWords, whenWords } from './format.js';
import { html } from './html.js';
import { Icon } from './icons.js';
import { fieldMessages, messageOf } from './problem.js';
import { Skeleton } from './task-view.js';
import { addToast } from './toasts.js';

/** @typedef {import('../../../contracts/types.ts').Template} Template */

const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const dues = /** @type {const} */ ([
  [0, 'At once'],
  [60, 'After 1 hour'],
  [480, 'After 8 hours'],
  [1440, 'After 1 day'],
  [10080, 'After 1 week'],
]);

/** @param {{ news: number }} props `news`: rises when tasks changed; a new occurrence moves the next one on */
export default function Templates({ news }) {
  const [templates, setTemplates] = useState(/** @type {Template[] | null} */ (null));
  const [cursor, setCursor] = useState(/** @type {string | null} */ (null));
  const [problem, setProblem] = useState('');
  const [creating, setCreating] = useState(false);
  const [leaving, setLeaving] = useState(/** @type {Template | null} */ (null));

  const load = async (/** @type {string | null} */ from = null) => {
    const outcome = await call('GET', withQuery('/api/templates', { cursor: from }));
    if (outcome.type !== 'ok') return setProblem(messageOf(outcome));
    setProblem('');
    setTemplates((known) => (from === null ? outcome.value.items : [...(known ?? []), ...outcome.value.items]));
    setCursor(outcome.value.next_cursor);
  };
  useEffect(() => {
    // Many events may come at once: one read for all of them.
    const timer = setTimeout(() => void load(), templates === null ? 0 : 500);
    return () => clearTimeout(timer);
  }, [news]);

  const change = async (/** @type {Template} */ template, /** @type {object} */ patch) => {
    const outcome = await call('PATCH', `/api/templates/${template.id}`, { body: patch, revision: template.revision });
    if (outcome.type === 'ok')
      return setTemplates((known) => (known ?? []).map((each) => (each.id === template.id ? outcome.value : each)));
    await load();
    setProblem(messageOf(outcome));
  };
  const remove = async (/** @type {Template} */ template) => {
    setLeaving(null);
    const outcome = await call('DELETE', `/api/templates/${template.id}`);
    await load();
    if (outcome.type === 'ok' || outcome.status === 404) addToast(`“${template.title}” will not come again`);
    else setProblem(messageOf(outcome));
  };

  return html`
    ${
      creating
        ? html`<${TemplateForm} onDone=${() => (setCreating(false), void load())} onCancel=${() => setCreating(false)} />`
        : html`<button class="button button-main" type="button" onClick=${() => setCreating(true)}>
            <${Icon} name="plus" /> New recurring task
          </button>`
    }
    ${problem && html`<${Notice}><p>${problem}</p><//>`} ${templates === null && !problem && html`<${Skeleton} />`}
    ${
      templates?.length === 0 &&
      !creating &&
      html`<div class="empty">
        <${Icon} name="repeat" />
        <p class="empty-title">Nothing comes back yet</p>
        <p>Watering plants, paying rent, the Monday report: set it once, and it is on your list when it is time.</p>
      </div>`
    }
    ${
      templates !== null &&
      templates.length > 0 &&
      html`<ul class="tasks" aria-label="Recurring tasks">
        ${templates.map((each) => html`<${TemplateRow} key=${each.id} template=${each} onChange=${change} onDelete=${setLeaving} />`)}
      </ul>`
    }
    ${cursor !== null && html`<button class="button more" type="button" onClick=${() => void load(cursor)}>Show more</button>`}
    ${
      leaving &&
      html`<${Dialog} title="Delete this recurring task?" onClose=${() => setLeaving(null)}>
        <p>“${leaving.title}” will not come again. Tasks that it made stay on your list.</p>
        <div class="actions">
          <button class="button button-danger" type="button" onClick=${() => void remove(leaving)}>Delete</button>
          <button class="button button-quiet" type="button" onClick=${() => setLeaving(null)}>Keep it</button>
        </div>
      <//>`
    }
  `;
}

/** @param {{ template: Template, onChange: (t: Template, patch: object) => void, onDelete: (t: Template) => void }} props */
function TemplateRow({ template, onChange, onDelete }) {
  const { title, rrule, time_zone, paused, next_occurrence, priority_id, tags, generated_count } = template;
  const next = next_occurrence && whenWords(next_occurrence, new Date());
  return html`<li class="task template ${paused ? 'template-paused' : ''}">
    <div class="task-main">
      <h2 class="template-title">${title}</h2>
      <ul class="facts" aria-label="About this recurring task">
        <li class="chip"><${Icon} name="repeat" /> ${ruleWords(rrule)}</li>
        <li class="chip ${next ? 'chip-next' : ''}">
          <${Icon} name=${paused ? 'pause' : 'clock'} />
          ${paused ? 'Paused' : next ? html`<span>Next: <time datetime=${next_occurrence}>${next}</time></span>` : 'Over'}
        </li>
        ${time_zone !== browserZone && html`<li class="chip">${time_zone.replaceAll('_', ' ')}</li>`}
        ${priority_id !== null && html`<li class="chip chip-priority-${priority_id}"><${Icon} name="flag" /> ${priorityWord(priority_id)}</li>`}
        ${tags.map((tag) => html`<li class="chip">#${tag}</li>`)}
        ${generated_count > 0 && html`<li class="chip">${generated_count} so far</li>`}
      </ul>
    </div>
    <div class="actions template-actions">
      <button
        class="button"
        type="button"
        aria-label=${`${paused ? 'Resume' : 'Pause'}: ${title}`}
        onClick=${() => onChange(template, { paused: !paused })}
      >
        <${Icon} name=${paused ? 'play' : 'pause'} /> ${paused ? 'Resume' : 'Pause'}
      </button>
      <button class="icon-button" type="button" aria-label=${`Delete: ${title}`} onClick=${() => onDelete(template)}>
        <${Icon} name="trash" />
      </button>
    </div>
  </li>`;
}

/** @param {{ onDone: () => void, onCancel: () => void }} props */
function TemplateForm({ onDone, onCancel }) {
  const [repeat, setRepeat] = useState('daily');
  const [rule, setRule] = useState('FREQ=WEEKLY;BYDAY=MO,WE,FR');
  const [saving, setSaving] = useState(false);
  const [message, setMessage] = useState('');
  const [complaints, setComplaints] = useState(/** @type {Record<string, string>} */ ({}));
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const key = useRef({ text: '', key: '' });
  const zones = Intl.supportedValuesOf('timeZone');
  const startsAt = useRef(localInputOf(nextFullHour(new Date()).toISOString())).current;
  useEffect(() => form.current?.querySelector('input')?.focus(), []);

  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!form.current || saving) return;
    const fields = new FormData(form.current);
    const { title, priority_id, tags } = valuesOf(form.current);
    const body = {
      ...{ title, priority_id, tags },
      ...(repeat === 'custom'
        ? {
            rrule: rule
              .trim()
              .toUpperCase()
              .replace(/^RRULE:/, ''),
          }
        : { recurrence: repeat }),
      time_zone: String(fields.get('time_zone')).trim(),
      starts_at: String(fields.get('starts_at')),
      due_after_minutes: Number(fields.get('due_after_minutes')),
    };
    const wrong = {
      ...(title === '' && { title: 'Say what comes back.' }),
      ...(body.starts_at === '' && { starts_at: 'Say when it begins.' }),
      ...(body.time_zone === '' && { time_zone: 'Name a time zone, for example Europe/Berlin.' }),
    };
    setComplaints(wrong);
    if (Object.keys(wrong).length > 0) return focusFirstComplaint(form.current);
    const text = JSON.stringify(body);
    // The same wish keeps its key, so that trying again after a lost answer can not make two.
    if (key.current.text !== text) key.current = { text, key: crypto.randomUUID() };
    setSaving(true);
    setMessage('');
    const outcome = await call('POST', '/api/templates', { body, key: key.current.key });
    setSaving(false);
    if (outcome.type === 'ok') return onDone();
    setComplaints(fieldMessages(outcome));
    setMessage(messageOf(outcome) + (outcome.type === 'unsure' ? ' Trying again is safe: it will not make a second one.' : ''));
    focusFirstComplaint(form.current);
  };

  return html`<form class="card" ref=${form} onSubmit=${submit} novalidate aria-label="New recurring task">
    <div class="field-grid">
      <${Field} label="Title" error=${complaints.title} class="field-wide">
        ${(/** @type {object} */ control) => html`<input name="title" maxlength="200" autocomplete="off" ...${control} />`}
      <//>
      <${Field} label="Repeats" error=${complaints.recurrence}>
        ${(/** @type {object} */ control) =>
          html`<select name="repeat" onChange=${(/** @type {any} */ event) => setRepeat(event.currentTarget.value)} ...${control}>
            <option value="daily" selected>Daily</option>
            <option value="weekly">Weekly</option>
            <option value="monthly">Monthly</option>
            <option value="custom">By a rule of your own</option>
          </select>`}
      <//>
      <${Field} label="Starts" error=${complaints.starts_at}>
        ${(/** @type {object} */ control) =>
          html`<input type="datetime-local" name="starts_at" max="9999-12-31T23:59" defaultValue=${startsAt} ...${control} />`}
      <//>
      ${
        repeat === 'custom' &&
        html`<${Field}
          label="Rule"
          hint=${`RFC 5545. Reads: ${ruleWords(rule.trim().toUpperCase())}`}
          error=${complaints.rrule}
          class="field-wide"
        >
          ${(/** @type {object} */ control) =>
            html`<input
              name="rrule"
              autocomplete="off"
              autocapitalize="characters"
              spellcheck="false"
              maxlength="500"
              value=${rule}
              onInput=${(/** @type {any} */ event) => setRule(event.currentTarget.value)}
              ...${control}
            />`}
        <//>`
      }
      <${Field} label="Time zone" error=${complaints.time_zone}>
        ${(/** @type {object} */ control) =>
          html`<input name="time_zone" list="time-zones" autocomplete="off" defaultValue=${browserZone} ...${control} />`}
      <//>
      <datalist id="time-zones">${zones.map((zone) => html`<option value=${zone} />`)}</datalist>
      <${Field} label="Each is due" error=${complaints.due_after_minutes}>
        ${(/** @type {object} */ control) =>
          html`<select name="due_after_minutes" ...${control}>
            ${dues.map(([minutes, words]) => html`<option value=${minutes}>${words}</option>`)}
          </select>`}
      <//>
      <${PriorityField} value=${null} error=${complaints.priority_id} />
      <${TagsField} value=${[]} error=${complaints.tags} />
    </div>
    ${message && html`<${Notice}>${message}<//>`}
    <div class="actions">
      <button class="button button-main" type="submit" aria-disabled=${saving ? 'true' : undefined}>
        ${saving ? 'Saving…' : 'Create'}
      </button>
      <button class="button button-quiet" type="button" onClick=${onCancel}>Cancel</button>
    </div>
  </form>`;
}

/** @param {Date} now */
function nextFullHour(now) {
  const next = new Date(now);
  next.setHours(now.getHours() + 1, 0, 0, 0);
  return next;
}
