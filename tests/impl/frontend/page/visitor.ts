/** A visitor of the site: comes in, adds a task, leaves without a complaint. What stands behind the address is nothing to them. */
import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { desktop, type Look, type Visit, visit } from './browser.ts';

export interface Site {
  readonly browser: Browser;
  readonly url: string;
  /** From any page of the site to its list of tasks. */
  signIn(page: Page, user: string): Promise<void>;
}

export type Walk = (site: Site) => Promise<void>;

let count = 0;
/** Each walk has a user of its own, so that none sees what another left. */
export const newUser = (): string => `walker-${++count}`;
export const row = (page: Page, title: string) =>
  page.getByRole('list', { name: 'Tasks', exact: true }).locator('> li').filter({ hasText: title });
export const newTask = (page: Page) => page.getByRole('form', { name: 'New task' }).getByRole('textbox', { name: 'New task' });
export const isLive = (page: Page) => page.getByText('Updates: Live').waitFor();

export async function enter({ browser, url, signIn }: Site, user: string, look: Look = desktop): Promise<Visit> {
  const visited = await visit(browser, url, look);
  await visited.page.goto('/');
  await visited.page.getByRole('link', { name: 'Sign in' }).first().waitFor();
  await signIn(visited.page, user);
  await isLive(visited.page);
  return visited;
}

export async function leave(...visits: readonly Visit[]): Promise<void> {
  const complaints = visits.flatMap((each) => each.complaints());
  await Promise.all(visits.map(({ context }) => context.close()));
  assert.deepEqual(complaints, []);
}

export async function add(page: Page, title: string): Promise<void> {
  await newTask(page).fill(title);
  await newTask(page).press('Enter');
  await row(page, title).getByRole('checkbox').waitFor();
}
