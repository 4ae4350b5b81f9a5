/** Coming in, going out, and being thrown out. */
import assert from 'node:assert/strict';
import { visit } from './browser.ts';
import { newUser, isLive, enter, leave, add, type Walk } from './visitor.ts';

export const sessionWalks: Readonly<Record<string, Walk>> = {
  'who comes by another name is moved to the right one, and signed in there': async (site) => {
    const elsewhere = new URL(site.url);
    elsewhere.hostname = elsewhere.hostname === 'localhost' ? '127.0.0.1' : 'localhost';
    const one = await visit(site.browser, site.url);
    const { page } = one;
    await page.goto(`${elsewhere.origin}/?from=a%2Fb#activity`);
    await page.getByRole('heading', { name: /off your mind/ }).waitFor();
    assert.equal(page.url(), `${site.url}/?from=a%2Fb#activity`);
    await page.goto('/');
    await site.signIn(page, newUser());
    await isLive(page);
    // And once more by the other name: the session is there.
    await page.goto(`${elsewhere.origin}/#activity`);
    await page.getByRole('heading', { level: 1, name: 'Activity' }).waitFor();
    assert.equal(page.url(), `${site.url}/#activity`);
    await leave(one);
  },

  'a first visit leaves nothing in the console, before and after signing in': async (site) => {
    const one = await visit(site.browser, site.url);
    const { page } = one;
    const failed: string[] = [];
    page.on('requestfailed', (request) => failed.push(`${request.url()}: ${request.failure()?.errorText}`));
    await page.goto('/');
    await page.getByRole('heading', { name: /off your mind/ }).waitFor();
    await page.waitForLoadState('networkidle');
    assert.deepEqual([one.complaints(), failed], [[], []]);
    await site.signIn(page, newUser());
    await isLive(page);
    await add(page, 'First of all');
    await page.getByRole('link', { name: 'Recurring' }).click();
    await page.getByText('Nothing comes back yet').waitFor();
    await page.getByRole('link', { name: 'Activity' }).click();
    await page.getByRole('list', { name: 'Activity' }).getByText('First of all').waitFor();
    assert.deepEqual([one.complaints(), failed], [[], []]);
    // What a browser asks for beside the page, depending on its kind.
    for (const path of ['/favicon.ico', '/apple-touch-icon.png', '/robots.txt', '/manifest.webmanifest'])
      assert.equal(await page.evaluate(`fetch('${path}').then(({ status }) => status)`), 200, path);
    await leave(one);
  },

  'a session that is over is told by the clock, without a call that is refused': async (site) => {
    const one = await visit(site.browser, site.url);
    const { page, context } = one;
    await page.clock.install();
    await page.goto('/');
    await site.signIn(page, newUser());
    await isLive(page);
    await context.clearCookies();
    await page.clock.fastForward('12:00:00');
    await page.getByText('Your session has ended').waitFor();
    await leave(one);
  },
  'a session that ends is told, and signing in comes back to the same place': async (site) => {
    const one = await enter(site, newUser());
    const { page, context } = one;
    one.expect(401);
    await page.getByRole('link', { name: 'Activity' }).click();
    await page.getByRole('heading', { level: 1, name: 'Activity' }).waitFor();
    await context.clearCookies();
    await page.getByRole('link', { name: 'Tasks' }).click();
    await page.getByRole('button', { name: 'Done', exact: true }).click();
    const again = page.getByRole('link', { name: 'Sign in again' });
    assert.match((await again.getAttribute('href')) ?? '', /^\/auth\/login\?return_to=%2F%23tasks$/);
    await leave(one);
  },

  'signing out leads back to the door': async (site) => {
    const one = await enter(site, newUser());
    const { page } = one;
    await page.getByRole('button', { name: /^Account/ }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('link', { name: 'Sign in' }).first().waitFor();
    await page.goto('/');
    await page.getByRole('heading', { name: /off your mind/ }).waitFor();
    await leave(one);
  },
};
