/** For those who are not signed in: what this is, and the way in. */
import { signInPath } from './api.js';
import { html } from './html.js';
import { Icon } from './icons.js';

const promises = /** @type {const} */ ([
  ['live', 'Live everywhere', 'Change a task on one screen, and every other one follows in a moment.'],
  ['repeat', 'Comes back by itself', 'Daily, the last Friday of the month, or any rule you like, in your own time zone.'],
  ['bell', 'Reminds in time', 'By e-mail or right in your browser, as long before as you choose.'],
  ['chat', 'Listens', 'Tell the assistant “add buy milk tomorrow”, and it is on your list.'],
]);

export default function Landing() {
  return html`<div class="landing">
    <section class="hero">
      <h1 tabindex="-1">Everything you have to do, off your mind.</h1>
      <p class="lead">A to-do list that is quick to use, keeps its word, and is honest about what it does not know.</p>
      <a class="button button-main button-large" href=${signInPath()}>Sign in</a>
    </section>
    <div class="specimen card" aria-hidden="true">
      ${[
        ['Water the tomatoes', 'Every day', true],
        ['Book the train to Trieste', 'Today, 18:00', false],
        ['Call Ada about the garden', 'Fri', false],
      ].map(
        ([title, when, done]) =>
          html`<div class="specimen-row ${done ? 'task-done' : ''}">
            <span class="tick-box ${done ? 'tick-box-on' : ''}"><${Icon} name="check" /></span>
            <span class="task-title-text">${title}</span>
            <span class="chip">${when}</span>
          </div>`,
      )}
    </div>
    <ul class="promises">
      ${promises.map(
        ([icon, title, text]) =>
          html`<li>
            <${Icon} name=${icon} />
            <h2>${title}</h2>
            <p>${text}</p>
          </li>`,
      )}
    </ul>
  </div>`;
}
