/** The assistant: a conversation that makes and finds tasks. What it does reaches the list by the live stream. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { call } from './api.js';
import { Dialog } from './dialog.js';
import { Notice } from './fields.js';
import { html } from './html.js';
import { Icon } from './icons.js';
import { messageOf } from './problem.js';
import { recall, remember } from './store.js';
import { refetch } from './tasks.js';

/** @typedef {import('../../../contracts/types.ts').ChatSession['messages'][number] & { unsent?: boolean }} Message */

const suggestions = ['add buy milk tomorrow', 'show my tasks', 'help'];
/** "Tomorrow" is where the user is. */
const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const isWide = matchMedia('(min-width: 64rem)');

/** @param {{ userId: string, onClose: () => void }} props */
export default function Chat({ userId, onClose }) {
  const [wide, setWide] = useState(isWide.matches);
  useEffect(() => {
    const listen = () => setWide(isWide.matches);
    isWide.addEventListener('change', listen);
    return () => isWide.removeEventListener('change', listen);
  }, []);
  const conversation = useConversation(userId);
  if (!wide) return html`<${Dialog} title="Assistant" class="dialog-full" onClose=${onClose}><${Talk} ...${conversation} /><//>`;
  return html`<aside
    class="side card"
    aria-label="Assistant"
    onKeyDown=${(/** @type {KeyboardEvent} */ event) => event.key === 'Escape' && onClose()}
  >
    <header class="dialog-head">
      <h2>Assistant</h2>
      <button class="icon-button" type="button" aria-label="Close assistant" onClick=${onClose}><${Icon} name="close" /></button>
    </header>
    <${Talk} ...${conversation} />
  </aside>`;
}

/** @param {string} userId */
function useConversation(userId) {
  const place = `todo.chat.${userId}`;
  const [messages, setMessages] = useState(/** @type {Message[]} */ ([]));
  const [degraded, setDegraded] = useState(false);
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const sessionId = useRef(recall(place));

  const take = (/** @type {import('../../../contracts/types.ts').ChatSession} */ session) => {
    sessionId.current = session.session_id;
    remember(place, session.session_id);
    setMessages(session.messages);
    setDegraded(session.degraded);
  };
  const begin = async () => {
    const outcome = await call('POST', '/api/chat/sessions', { body: { time_zone: browserZone }, key: crypto.randomUUID() });
    if (outcome.type === 'ok') take(outcome.value);
    return outcome;
  };
  const reread = async () => {
    const outcome = await call('GET', `/api/chat/sessions/${sessionId.current}`);
    if (outcome.type === 'ok') take(outcome.value);
    // An old conversation ends by itself one day.
    else if (outcome.status === 404) sessionId.current = null;
    else setProblem(messageOf(outcome));
  };
  useEffect(() => {
    if (sessionId.current !== null) void reread();
  }, []);

  const say = async (/** @type {string} */ content) => {
    const mine = { id: crypto.randomUUID(), role: /** @type {const} */ ('user'), content, timestamp: new Date().toISOString() };
    setMessages((known) => [...known, mine]);
    setBusy(true);
    setProblem('');
    let outcome = sessionId.current === null ? await begin() : null;
    if (outcome === null || outcome.type === 'ok') {
      if (outcome !== null) setMessages((known) => [...known, mine]);
      outcome = await call('POST', `/api/chat/sessions/${sessionId.current}/messages`, { body: { content }, key: mine.id });
    }
    setBusy(false);
    if (outcome.type === 'ok') {
      const { message, degraded } = outcome.value;
      setDegraded(degraded);
      setMessages((known) => [...known, message]);
      return;
    }
    if (outcome.status === 404) sessionId.current = null;
    setMessages((known) => known.map((each) => (each.id === mine.id ? { ...each, unsent: true } : each)));
    setProblem(messageOf(outcome));
    if (outcome.type === 'unsure' && sessionId.current !== null) {
      // Perhaps it was heard after all: the conversation and the list know.
      await Promise.all([reread(), refetch({ quietly: true })]);
    }
  };
  const restart = () => {
    sessionId.current = null;
    remember(place, null);
    setMessages([]);
    setProblem('');
    setDegraded(false);
  };
  return { messages, degraded, problem, busy, say, restart };
}

/** @param {ReturnType<typeof useConversation>} props */
function Talk({ messages, degraded, problem, busy, say, restart }) {
  const log = useRef(/** @type {HTMLElement | null} */ (null));
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => input.current?.focus(), []);
  useEffect(() => log.current?.scrollTo({ top: log.current.scrollHeight }), [messages, busy]);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const content = input.current?.value.trim() ?? '';
    if (!input.current || content === '' || busy) return;
    input.current.value = '';
    void say(content);
  };
  return html`<div class="talk">
    ${
      degraded &&
      html`<${Notice} kind="unsure"
        ><p>The assistant's memory is away: it answers from what it still knows, and will catch up when the memory is back.</p><//
      >`
    }
    <div class="log" role="log" aria-live="polite" aria-label="Conversation" tabindex="0" ref=${log}>
      ${
        messages.length === 0 &&
        html`<div class="empty">
          <${Icon} name="chat" />
          <p class="empty-title">Say it in your own words</p>
          <p>Tasks you ask for here appear in your list.</p>
        </div>`
      }
      ${messages
        .filter(({ role }) => role !== 'system')
        .map(
          (message) =>
            html`<div key=${message.id} class="message message-${message.role}">
              <span class="sr-only">${message.role === 'user' ? 'You: ' : 'Assistant: '}</span>${message.content}
              ${message.unsent && html`<span class="message-unsent"><${Icon} name="alert" /> No answer to this</span>`}
            </div>`,
        )}
      ${busy && html`<div class="message message-assistant message-busy"><span class="sr-only">The assistant is writing</span><i></i><i></i><i></i></div>`}
    </div>
    ${problem && html`<${Notice}><p>${problem}</p><//>`}
    ${
      messages.length === 0 &&
      html`<ul class="suggestions" aria-label="Suggestions">
        ${suggestions.map((text) => html`<li><button class="chip chip-tag" type="button" onClick=${() => void say(text)}>${text}</button></li>`)}
      </ul>`
    }
    <form class="talk-line" onSubmit=${submit} aria-label="Message to the assistant">
      <label class="sr-only" for="chat-message">Message</label>
      <input id="chat-message" ref=${input} placeholder="Message" autocomplete="off" enterkeyhint="send" maxlength="4000" />
      <button class="button button-main" type="submit" aria-disabled=${busy ? 'true' : undefined}>
        <${Icon} name="send" /> Send
      </button>
    </form>
    ${
      messages.length > 0 &&
      html`<button class="link-button" type="button" onClick=${() => (restart(), input.current?.focus())}>
        New conversation
      </button>`
    }
  </div>`;
}
