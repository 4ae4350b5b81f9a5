/** A table of the page: cells in the order of the columns, each row on a line of its own. */
import { scrolling } from './html-parts.ts';
import { forHtml } from '../for-html.ts';

export interface Column {
  readonly head: string;
  /** To the right; on a phone, where the heads are gone, its own head stands before it. */
  readonly number?: boolean;
  readonly className?: string;
}

export interface Row {
  /** HTML. The first one is the row's own head. */
  readonly cells: readonly string[];
  readonly id?: string;
  readonly className?: string;
}

export interface Table {
  /** For whoever hears the page: which table this is. */
  readonly label: string;
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly className?: string;
}

export function table({ label, caption, columns, rows, className }: Table): string {
  const heads = columns.map(({ head, number }) => `<th scope="col"${named('class', number && 'number')}>${head}</th>`);
  const parts = [
    `<table${named('class', className)}><caption>${caption}</caption>`,
    `<thead><tr>${heads.join('')}</tr></thead>`,
    `<tbody>${rows.map((one) => row(one, columns)).join('\n')}</tbody></table>`,
  ];
  return scrolling(label, parts.join(''));
}

function row({ cells, id, className }: Row, columns: readonly Column[]): string {
  const inside = cells.map((cell, at) => {
    const { head = '', number, className: own } = columns[at] ?? {};
    const kind = named('class', number ? 'number' : own);
    if (at === 0) return `<th scope="row"${kind}>${cell}</th>`;
    return `<td${kind}${named('data-label', number && head.toLowerCase())}>${cell}</td>`;
  });
  return `<tr${named('id', id)}${named('class', className)}>${inside.join('')}</tr>`;
}

const named = (attribute: string, value: string | false | undefined): string =>
  value ? ` ${attribute}="${forHtml(value)}"` : '';
