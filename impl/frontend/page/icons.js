/** Line icons, drawn here so that none has to be fetched. They decorate: the words beside them say it. */
import { html } from './html.js';

const paths = {
  check: 'M5 12.5l4.5 4.5L19 7.5',
  plus: 'M12 5v14M5 12h14',
  pencil: 'M4 20l1-4L16.5 4.5a2.1 2.1 0 0 1 3 3L8 19l-4 1z',
  trash: 'M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13M10.5 11v5.5M13.5 11v5.5',
  undo: 'M8 5L4 9l4 4M4 9h10a5.5 5.5 0 0 1 0 11h-3',
  close: 'M6 6l12 12M18 6L6 18',
  clock: 'M12 7.5V12l3 2M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z',
  alert: 'M12 9v4.5M12 16.8v.2M12 4L2.8 20h18.4L12 4z',
  repeat: 'M17 3l3 3-3 3M4 11V9a3 3 0 0 1 3-3h13M7 21l-3-3 3-3M20 13v2a3 3 0 0 1-3 3H4',
  list: 'M9 6.5h11M9 12h11M9 17.5h11M4.5 6.5h.1M4.5 12h.1M4.5 17.5h.1',
  chat: 'M4 5h16v11H10l-4.5 4v-4H4z',
  bell: 'M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 2h-15l1.5-2zM10 20.5h4',
  activity: 'M3.5 12.5h4l3-8 4 15 2.5-7h3.5',
  search: 'M11 4.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM16 16l4.5 4.5',
  flag: 'M5.5 21V4M5.5 5h12l-2.5 4 2.5 4h-12',
  chevron: 'M7 10l5 5 5-5',
  pause: 'M8.5 5.5v13M15.5 5.5v13',
  play: 'M7.5 5l11 7-11 7z',
  user: 'M12 12.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5a7.5 7.5 0 0 1 15 0',
  leave: 'M14 8V4H5v16h9v-4M10 12h10.5M17 8.5l3.5 3.5-3.5 3.5',
  send: 'M4.5 12L4 4.5 20.5 12 4 19.5 4.5 12zM4.5 12H12',
  live: 'M12 13.2a1.2 1.2 0 1 0 0-2.4 1.2 1.2 0 0 0 0 2.4zM8.2 15.8a5.4 5.4 0 0 1 0-7.6M15.8 8.2a5.4 5.4 0 0 1 0 7.6M5.4 18.6a9.3 9.3 0 0 1 0-13.2M18.6 5.4a9.3 9.3 0 0 1 0 13.2',
  waiting: 'M4 12a8 8 0 0 1 13.7-5.6L20 8.5M20 4v4.5h-4.5M20 12a8 8 0 0 1-13.7 5.6L4 15.5M4 20v-4.5h4.5',
  offline:
    'M4 4l16 16M8.6 15.4a5.4 5.4 0 0 1-.4-7M15.8 8.2a5.4 5.4 0 0 1 1.2 5.5M5.4 18.6A9.3 9.3 0 0 1 4 7.2M18.6 5.4a9.3 9.3 0 0 1 1.2 11.6',
};

/** @typedef {keyof typeof paths} IconName */

/** @param {{ name: IconName }} props */
export const Icon = ({ name }) =>
  html`<svg class="icon icon-${name}" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d=${paths[name]} /></svg>`;
