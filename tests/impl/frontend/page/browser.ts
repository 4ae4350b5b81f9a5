/** A real Chromium for the page's tests: contexts that note everything a page complains about, and the rules of axe. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, Page } from 'playwright-core';

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /**
   * What the page has said to its console as an error or a warning, thrown, or been refused by its own policy, and what it asked
   * for in vain, except what `expect` allows.
   */
  complaints(): readonly string[];
  /** From now on an answer with this status is part of the walk. */
  expect(status: number): void;
}

export interface Look {
  readonly width: number;
  readonly height: number;
  readonly scheme: 'light' | 'dark';
}

export const phone: Look = { width: 360, height: 740, scheme: 'light' };
export const desktop: Look = { width: 1280, height: 800, scheme: 'light' };

export async function visit(browser: Browser, url: string, { width, height, scheme }: Look = desktop): Promise<Visit> {
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width, height },
    colorScheme: scheme,
    hasTouch: width < 600,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const said: string[] = [];
  const statuses = new Set<number>();
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    const status = Number(/status of (\d{3})/.exec(message.text())?.[1]);
    if (!statuses.has(status)) said.push(`${message.type()}: ${message.text()} (${message.location().url})`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400 && !statuses.has(response.status())) said.push(`${response.status()} ${response.url()}`);
  });
  page.on('pageerror', (error) => said.push(String(error.stack)));
  return { page, context, complaints: () => said, expect: (status) => void statuses.add(status) };
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Each violation in one line; none is what one wants. Injected past the page's policy, which forbids foreign scripts. */
export async function axeViolations(page: Page): Promise<string[]> {
  const here = await page.evaluate('typeof axe');
  if (here === 'undefined') await page.evaluate(axe);
  return page.evaluate(`axe.run(document, { runOnly: { type: 'tag', values: ${JSON.stringify(tags)} } }).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map((node) => id + ': ' + node.target.join(' ') + ': ' + node.failureSummary)))`);
}

/** What has the focus, in the words a screen reader would begin with. */
export async function focused(
  page: Page,
): Promise<{ readonly name: string; readonly isVisible: boolean; readonly inDialog: boolean }> {
  return page.evaluate(`(() => {
    const element = document.activeElement;
    const shown = element.matches('.tick input') ? element.nextElementSibling : element;
    const style = getComputedStyle(shown);
    const box = shown.getBoundingClientRect();
    const top = document.elementFromPoint(box.x + box.width / 2, Math.max(0, box.y) + Math.min(box.height / 2, innerHeight - box.y - 1));
    return {
      name: (element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent ?? element.tagName).trim(),
      isVisible: element === document.body || (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 && top !== null),
      inDialog: element.closest('dialog') !== null,
    };
  })()`);
}
