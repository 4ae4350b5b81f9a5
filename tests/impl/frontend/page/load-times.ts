/** How soon the list is there, in a browser that has nothing of the page yet and in one that was here before. */
import type { Page } from 'playwright-core';
import { newUser, row, enter, leave, add, type Site } from './visitor.ts';

export interface LoadTimes {
  readonly firstPaintMs: number;
  readonly listVisibleMs: number;
  readonly requests: number;
  readonly transferredKb: number;
}

/** From the start of the navigation; `cold`: nothing in the cache, `warm`: the visit after it. */
export async function loadTimes(site: Site): Promise<Readonly<Record<'cold' | 'warm', LoadTimes>>> {
  const user = newUser();
  const first = await enter(site, user);
  await add(first.page, 'Here at last');
  const measure = async (page: Page): Promise<LoadTimes> => {
    await page.addInitScript(`new MutationObserver((_, observer) => {
      if (!document.querySelector('.task')) return;
      observer.disconnect();
      requestAnimationFrame(() => { window.listVisibleMs = performance.now(); });
    }).observe(document, { childList: true, subtree: true })`);
    await page.goto('/');
    await row(page, 'Here at last').waitFor();
    // The browser notes a paint and a file some time after it.
    await page.waitForFunction(`window.listVisibleMs !== undefined && document.readyState === 'complete'
      && performance.getEntriesByName('first-contentful-paint').length > 0`);
    return page.evaluate(`(() => {
      const files = performance.getEntriesByType('resource').filter(({ name }) => !name.includes('/api/'));
      const page = performance.getEntriesByType('navigation')[0];
      return {
        firstPaintMs: Math.round(performance.getEntriesByName('first-contentful-paint')[0].startTime),
        listVisibleMs: Math.round(window.listVisibleMs),
        requests: files.length + 1,
        transferredKb: Math.round([page, ...files].reduce((sum, { transferSize }) => sum + transferSize, 0) / 102.4) / 10,
      };
    })()`);
  };
  // The cookie moves to a browser that has nothing of the page yet.
  const state = await first.context.storageState();
  await leave(first);
  const context = await site.browser.newContext({ baseURL: site.url, storageState: state });
  const page = await context.newPage();
  const cold = await measure(page);
  const warm = await measure(page);
  await context.close();
  return { cold, warm };
}
