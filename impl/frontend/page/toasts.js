/** Short messages with a way back. Their time stands still while someone points at them or has the focus in them. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { html } from './html.js';
import { Icon } from './icons.js';
import { app } from './state.js';

const shownMs = 8_000;
let count = 0;

/**
 * @param {string} text
 * @param {{ undo?: () => void, end?: () => void, focusUndo?: boolean }} [how] `end`: the time is over and nobody has undone it
 */
export function addToast(text, { undo, end = () => {}, focusUndo = false } = {}) {
  const id = ++count;
  app.set(({ toasts }) => ({ toasts: [...toasts, { id, text, undo: undo ?? null, end, focusUndo }] }));
}

/** @param {number} id */
function drop(id) {
  app.set(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) }));
}

/** @param {{ toasts: readonly (import('./state.js').Toast & { focusUndo?: boolean })[] }} props */
export function Toasts({ toasts }) {
  return html`<div class="toasts" role="status" aria-live="polite">
    ${toasts.map((toast) => html`<${Toast} key=${toast.id} toast=${toast} />`)}
  </div>`;
}

/** @param {{ toast: import('./state.js').Toast & { focusUndo?: boolean } }} props */
function Toast({ toast }) {
  const [held, setHeld] = useState(false);
  const leftMs = useRef(shownMs);
  const undoButton = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const finish = () => {
    drop(toast.id);
    toast.end();
  };
  useEffect(() => {
    if (held) return;
    const startedAt = performance.now();
    const timer = setTimeout(finish, leftMs.current);
    return () => {
      clearTimeout(timer);
      leftMs.current = Math.max(2_000, leftMs.current - (performance.now() - startedAt));
    };
  }, [held]);
  useLayoutEffect(() => {
    if (toast.focusUndo) undoButton.current?.focus();
  }, []);
  const hold = () => setHeld(true);
  const release = () => setHeld(false);
  return html`<div class="toast" onMouseEnter=${hold} onMouseLeave=${release} onFocusIn=${hold} onFocusOut=${release}>
    <span class="toast-text">${toast.text}</span>
    ${
      toast.undo &&
      html`<button
        class="toast-undo"
        ref=${undoButton}
        type="button"
        onClick=${() => {
          drop(toast.id);
          toast.undo?.();
        }}
      >
        <${Icon} name="undo" /> Undo
      </button>`
    }
    <button class="icon-button" type="button" aria-label="Dismiss" onClick=${finish}><${Icon} name="close" /></button>
  </div>`;
}
