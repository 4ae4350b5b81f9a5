/** The page: who is signed in, where they are, and what is connected. */
import { render } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { call, onSessionEnd, signInPath, signOut } from './api.js';
import { Notice } from './fields.js';
import { html } from './html.js';
import { Icon } from './icons.js';
import { messageOf } from './problem.js';
import { leavePushBehind } from './push.js';
import { app } from './state.js';
import { recall, remember, useStore } from './store.js';
import { openStream } from './stream.js';
import { Skeleton, TaskView } from './task-view.js';
import { finishDeletions, hear, refetch, showTask } from './tasks.js';
import { addToast, Toasts } from './toasts.js';

/** @typedef {import('./state.js').Place} Place */

const places = /** @type {const} */ ([
  ['tasks', 'Tasks', 'list'],
  ['recurring', 'Recurring', 'repeat'],
  ['activity', 'Activity', 'activity'],
]);
const knownUser = 'todo.signed-in';

function App() {
  const state = useStore(app);
  const { session, sessionProblem, expired, online, place, chatOpen, preferencesOpen, toasts } = state;
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  const chatButton = useRef(/** @type {HTMLElement | null} */ (null));
  const arrived = useRef(place);
  useEffect(() => {
    const word = session ? placeWord(place) : 'Welcome';
    document.title = `${word} · Todo`;
    // A link that changes the view moves the focus there, as a new page would.
    if (arrived.current !== place) heading.current?.focus();
    arrived.current = place;
  }, [place, session]);
  const closeChat = () => {
    app.set({ chatOpen: false });
    chatButton.current?.focus();
  };

  return html`
    <a class="skip" href="#main" onClick=${skipToMain}>Skip to content</a>
    <header class="top">
      <div class="top-inside">
        <a class="brand" href="#tasks"><img src="/favicon.svg" alt="" width="28" height="28" /> Todo</a>
        ${session && html`<${Navigation} place=${place} chatOpen=${chatOpen} chatButton=${chatButton} />`}
        <div class="top-end">
          ${session && html`<${Connection} state=${state} />`} ${session && html`<${Account} session=${session} />`}
          ${session === null && html`<a class="button" href=${signInPath()}>Sign in</a>`}
        </div>
      </div>
    </header>
    ${
      expired &&
      html`<div class="banner" role="alert">
        <${Icon} name="alert" /> <span>Your session has ended. What you see may be out of date.</span>
        <a class="button" href=${signInPath()}>Sign in again</a>
      </div>`
    }
    ${!online && html`<div class="banner" role="status"><${Icon} name="offline" /> <span>You are offline. Changes can not be saved now.</span></div>`}
    <div class="page ${chatOpen && session ? 'page-with-side' : ''}">
      <main id="main" tabindex="-1">
        ${
          session === undefined
            ? sessionProblem
              ? html`<${Notice}
                  ><p>${sessionProblem}</p>
                  <div class="actions">
                    <button class="button" type="button" onClick=${() => void begin()}>Try again</button>
                  </div><//
                >`
              : html`<h1>Tasks</h1>
                  <${Skeleton} />`
            : session === null
              ? html`<${Lazy} load=${() => import('./landing.js')} />`
              : html`<h1 tabindex="-1" ref=${heading}>${placeWord(place)}</h1>
                  ${place === 'tasks' && html`<${TaskView} state=${state} />`}
                  ${place === 'recurring' && html`<${Lazy} load=${() => import('./templates.js')} news=${state.news} />`}
                  ${place === 'activity' && html`<${Lazy} load=${() => import('./notices.js')} news=${state.news} />`}`
        }
      </main>
      ${session && chatOpen && html`<${Lazy} load=${() => import('./chat.js')} userId=${session.user_id} onClose=${closeChat} />`}
    </div>
    ${
      session &&
      preferencesOpen &&
      html`<${Lazy}
        load=${() => import('./preferences.js')}
        email=${session.email}
        onClose=${() => app.set({ preferencesOpen: false })}
      />`
    }
    <${Toasts} toasts=${toasts} />
  `;
}

/** @param {Place} place */
const placeWord = (place) => places.find(([name]) => name === place)?.[1] ?? '';

/** Parts that not every visit needs come when they are needed. @param {{ load: () => Promise<{ default: any }> }} props */
function Lazy({ load, ...props }) {
  const [part, setPart] = useState(/** @type {{ View: any } | null} */ (null));
  const [failed, setFailed] = useState(false);
  const fetchPart = () => {
    setFailed(false);
    load().then(
      (module) => setPart({ View: module.default }),
      () => setFailed(true),
    );
  };
  useEffect(fetchPart, []);
  if (part) return html`<${part.View} ...${props} />`;
  if (!failed) return html`<${Skeleton} />`;
  return html`<${Notice}
    ><p>This part of the page could not be loaded.</p>
    <div class="actions"><button class="button" type="button" onClick=${fetchPart}>Try again</button></div><//
  >`;
}

/** @param {{ place: Place, chatOpen: boolean, chatButton: object }} props */
const Navigation = ({ place, chatOpen, chatButton }) =>
  html`<nav class="nav" aria-label="Main">
    ${places.map(
      ([name, word, icon]) =>
        html`<a class="nav-item" href="#${name}" aria-current=${place === name ? 'page' : undefined}>
          <${Icon} name=${icon} /> ${word}
        </a>`,
    )}
    <button
      class="nav-item"
      type="button"
      ref=${chatButton}
      aria-expanded=${chatOpen ? 'true' : 'false'}
      onClick=${() => app.set({ chatOpen: !chatOpen })}
    >
      <${Icon} name="chat" /> Assistant
    </button>
  </nav>`;

const connections = /** @type {const} */ ({
  connecting: ['waiting', 'Connecting'],
  live: ['live', 'Live'],
  reconnecting: ['waiting', 'Reconnecting'],
  offline: ['offline', 'Offline'],
});

/** @param {{ state: ReturnType<typeof app.get> }} props */
function Connection({ state }) {
  const name = state.online ? state.stream : 'offline';
  const [icon, word] = connections[name];
  return html`<p class="connection connection-${name}" role="status" aria-live="polite">
    <${Icon} name=${icon} /><span><span class="sr-only">Updates: </span>${word}</span>
  </p>`;
}

/** @param {{ session: import('./state.js').Session }} props */
function Account({ session }) {
  const [problem, setProblem] = useState('');
  const menu = useRef(/** @type {HTMLElement | null} */ (null));
  const name = session.name ?? session.email ?? session.user_id;
  const leave = async () => {
    setProblem('');
    remember(knownUser, null);
    await leavePushBehind();
    setProblem(messageOf(await signOut()));
  };
  return html`
    <button class="account" type="button" popovertarget="account-menu">
      <${Icon} name="user" /><span class="account-name"><span class="sr-only">Account: </span>${name}</span>
    </button>
    <div class="menu card" id="account-menu" popover="auto" ref=${menu}>
      <p class="menu-name">${name}</p>
      ${session.email && session.email !== name && html`<p class="menu-mail">${session.email}</p>`}
      <button class="menu-item" type="button" onClick=${() => (menu.current?.hidePopover(), app.set({ preferencesOpen: true }))}>
        <${Icon} name="bell" /> Reminders
      </button>
      <button class="menu-item" type="button" onClick=${() => void leave()}><${Icon} name="leave" /> Sign out</button>
      ${problem && html`<p class="error" role="alert">${problem}</p>`}
    </div>
  `;
}

/** The hash is the view's name, so a plain link to `#main` would lead away. @param {Event} event */
function skipToMain(event) {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

function readPlace() {
  const name = location.hash.slice(1);
  app.set({ place: places.find(([place]) => place === name)?.[0] ?? 'tasks' });
  // The link in every reminder mail that says how to get no more of them.
  if (name === 'preferences') app.set({ preferencesOpen: true });
  if (app.get().session) void readTask();
}

/** `#task-7`: the link of a reminder. */
async function readTask() {
  const id = /^#task-(\d{1,10})$/.exec(location.hash)?.[1];
  if (id !== undefined) await showTask(Number(id));
}

async function begin() {
  app.set({ sessionProblem: '' });
  // Whoever was signed in here, for longer than until now, most likely still is: then the list need not wait for the session.
  const early = Date.parse(recall(knownUser) ?? '') > Date.now();
  if (early) void refetch();
  const outcome = await call('GET', '/api/session');
  if (outcome.type !== 'ok' && outcome.status !== 401) return app.set({ sessionProblem: messageOf(outcome) });
  const session = sessionIn(outcome);
  remember(knownUser, session && session.expires_at);
  app.set({ session, expired: false });
  if (session === null) return;
  if (!early) void refetch();
  void readTask();
  const close = openStream({
    onTask: hear,
    onOpen: () => void refetch({ quietly: true }),
    onState: (stream) => app.set({ stream }),
    // Whether there is any use in opening it again, the session knows.
    onRefused: () => void askAgain(),
  });
  const askAgain = async () => {
    const again = await call('GET', '/api/session');
    if (again.type !== 'ok' || sessionIn(again)) return;
    app.set({ expired: true });
    close();
  };
  // The server ends the stream then, and a browser that comes back to it, two seconds later, is refused.
  const overInMs = Date.parse(session.expires_at) - Date.now() + 1_000;
  if (overInMs < timerMsMax) setTimeout(askAgain, overInMs);
}

/** setTimeout's own limit. A session that lasts longer is found to be over by being refused. */
const timerMsMax = 2 ** 31 - 1;

/** @param {import('./problem.js').Outcome} outcome @returns {import('./state.js').Session | null} null: nobody is signed in */
const sessionIn = (outcome) => (outcome.type === 'ok' && outcome.value?.user_id ? outcome.value : null);

onSessionEnd(() => app.get().session && app.set({ expired: true }));
addEventListener('hashchange', readPlace);
addEventListener('online', () => app.set({ online: true }));
addEventListener('offline', () => app.set({ online: false }));
addEventListener('pagehide', finishDeletions);
addEventListener('unhandledrejection', () => addToast('Something went wrong on this page. Reload it if it behaves oddly.'));

const root = /** @type {HTMLElement} */ (document.getElementById('app'));
root.replaceChildren();
readPlace();
render(html`<${App} />`, root);
void begin();
