/** How someone is reminded: by e-mail, by this browser, or not at all. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { call } from './api.js';
import { Dialog } from './dialog.js';
import { Field, focusFirstComplaint, Notice } from './fields.js';
import { html } from './html.js';
import { fieldMessages, messageOf } from './problem.js';
import { pushState, turnPushOff, turnPushOn } from './push.js';
import { Skeleton } from './task-view.js';
import { addToast } from './toasts.js';

/** @typedef {import('../../../contracts/types.ts').Preferences} Preferences */

/** @param {{ email: string | null, onClose: () => void }} props `email`: of the account, offered when none is set */
export default function PreferencesDialog({ email, onClose }) {
  const [preferences, setPreferences] = useState(/** @type {Preferences | null} */ (null));
  const [message, setMessage] = useState('');
  const [complaints, setComplaints] = useState(/** @type {Record<string, string>} */ ({}));
  const [saving, setSaving] = useState(false);
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const load = async () => {
    const outcome = await call('GET', '/api/preferences');
    setMessage(messageOf(outcome));
    if (outcome.type === 'ok') setPreferences(outcome.value);
  };
  useEffect(() => void load(), []);

  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!form.current || saving) return;
    const fields = new FormData(form.current);
    const address = String(fields.get('email')).trim();
    const channels = fields.getAll('channels');
    const field = /** @type {HTMLInputElement} */ (form.current.elements.namedItem('email'));
    const wrong =
      channels.includes('email') && address === ''
        ? 'Reminders by e-mail need an address.'
        : field.validity.typeMismatch
          ? 'This does not look like an e-mail address.'
          : '';
    setComplaints(wrong ? { email: wrong } : {});
    if (wrong) return focusFirstComplaint(form.current);
    setSaving(true);
    setMessage('');
    const outcome = await call('PUT', '/api/preferences', { body: { email: address || null, channels } });
    setSaving(false);
    if (outcome.type === 'ok') {
      onClose();
      return addToast('Reminder settings saved');
    }
    setComplaints(fieldMessages(outcome));
    // Putting the same again changes nothing, so a lost answer needs no more care than another try.
    setMessage(messageOf(outcome) + (outcome.type === 'unsure' ? ' Saving again is safe.' : ''));
    focusFirstComplaint(form.current);
  };

  return html`<${Dialog} title="Reminders" onClose=${onClose}>
    ${preferences === null && !message && html`<${Skeleton} />`}
    ${
      preferences === null &&
      message &&
      html`<${Notice}
        ><p>${message}</p>
        <div class="actions"><button class="button" type="button" onClick=${() => void load()}>Try again</button></div><//
      >`
    }
    ${
      preferences &&
      html`<form ref=${form} onSubmit=${submit} novalidate class="stack" aria-label="Reminder settings">
        <fieldset class="field">
          <legend>Remind me by</legend>
          <div class="choices">
            <label class="choice">
              <input type="checkbox" name="channels" value="email" defaultChecked=${preferences.channels.includes('email')} />
              <span>E-mail</span>
            </label>
            <label class="choice">
              <input type="checkbox" name="channels" value="push" defaultChecked=${preferences.channels.includes('push')} />
              <span>Notification in my browsers</span>
            </label>
          </div>
          ${complaints.channels && html`<p class="error">${complaints.channels}</p>`}
        </fieldset>
        <${Field} label="E-mail address" error=${complaints.email}>
          ${(/** @type {object} */ control) =>
            html`<input
              type="email"
              name="email"
              autocomplete="email"
              maxlength="254"
              defaultValue=${preferences.email ?? email ?? ''}
              ...${control}
            />`}
        <//>
        <${ThisBrowser} />
        ${message && html`<${Notice}>${message}<//>`}
        <div class="actions">
          <button class="button button-main" type="submit" aria-disabled=${saving ? 'true' : undefined}>
            ${saving ? 'Saving…' : 'Save'}
          </button>
          <button class="button button-quiet" type="button" onClick=${onClose}>Cancel</button>
        </div>
      </form>`
    }
  <//>`;
}

const explained = {
  unsupported: 'This browser can not show notifications of this site.',
  denied: 'Notifications are blocked in the settings of this browser for this site.',
  off: 'This browser does not show reminders yet.',
  on: 'This browser shows reminders.',
};

function ThisBrowser() {
  const [state, setState] = useState(/** @type {import('./push.js').PushState | null} */ (null));
  const [busy, setBusy] = useState(false);
  const [message, setMessage] = useState('');
  const look = async () => setState(await pushState());
  useEffect(() => void look(), []);
  const turn = async () => {
    setBusy(true);
    setMessage(await (state === 'on' ? turnPushOff() : turnPushOn()));
    await look();
    setBusy(false);
  };
  return html`<div class="this-browser">
    <p role="status">${state && explained[state]}</p>
    ${
      (state === 'on' || state === 'off') &&
      html`<button class="button" type="button" aria-disabled=${busy ? 'true' : undefined} onClick=${() => !busy && void turn()}>
        ${state === 'on' ? 'Turn off in this browser' : 'Turn on in this browser'}
      </button>`
    }
    ${message && html`<p class="error" role="alert">${message}</p>`}
  </div>`;
}
