/** A modal dialog. The browser traps the focus and gives it back; Escape and a click beside it close it. */
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { html } from './html.js';
import { Icon } from './icons.js';

/** @param {{ title: string, class?: string, onClose: () => void, children?: unknown }} props */
export function Dialog({ title, class: className = '', onClose, children }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId();
  useLayoutEffect(() => {
    const element = dialog.current;
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    element?.showModal();
    return () => {
      element?.close();
      // The element that opened it may be drawn anew; then the browser's own memory does not help.
      if (before?.isConnected) before.focus();
    };
  }, []);
  const beside = (/** @type {MouseEvent} */ event) => event.target === dialog.current && onClose();
  return html`<dialog class="dialog ${className}" ref=${dialog} aria-labelledby=${id} onClose=${onClose} onMouseDown=${beside}>
    <div class="dialog-inside">
      <header class="dialog-head">
        <h2 id=${id}>${title}</h2>
        <button class="icon-button" type="button" aria-label="Close" onClick=${onClose}><${Icon} name="close" /></button>
      </header>
      ${children}
    </div>
  </dialog>`;
}
