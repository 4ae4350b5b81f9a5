/** What people do with the page, one walk a function. A walk knows an address and how to sign in, nothing of what stands behind. */
import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { axeViolations, desktop, focused, type Look, phone, type Visit, visit } from './browser.ts';

export interface Site {
  readonly browser: Browser;
  readonly url: string;
  /** From any page of the site to its list of tasks. */
  signIn(page: Page, user: string): Promise<void>;
}

type Walk = (site: Site) => Promise<void>;

let count = 0;
/** Each walk has a user of its own, so that none sees what another left. */
const newUser = (): string => `walker-${++count}`;
const row = (page: Page, title: string) =>
  page.getByRole('list', { name: 'Tasks', exact: true }).locator('> li').filter({ hasText: title });
const newTask = (page: Page) => page.getByRole('form', { name: 'New task' }).getByRole('textbox', { name: 'New task' });
const isLive = (page: Page) => page.getByText('Updates: Live').waitFor();

async function enter({ browser, url, signIn }: Site, user: string, look: Look = desktop): Promise<Visit> {
  const visited = await visit(browser, url, look);
  await visited.page.goto('/');
  await visited.page.getByRole('link', { name: 'Sign in' }).first().waitFor();
  await signIn(visited.page, user);
  await isLive(visited.page);
  return visited;
}

async function leave(...visits: readonly Visit[]): Promise<void> {
  const complaints = visits.flatMap((each) => each.complaints());
  await Promise.all(visits.map(({ context }) => context.close()));
  assert.deepEqual(complaints, []);
}

async function add(page: Page, title: string): Promise<void> {
  await newTask(page).fill(title);
  await newTask(page).press('Enter');
  await row(page, title).getByRole('checkbox').waitFor();
}

export const walks: Readonly<Record<string, Walk>> = {
  'what one screen does, the other screen of the same user shows': async (site) => {
    const user = newUser();
    const [one, other] = await Promise.all([enter(site, user), enter(site, user, phone)]);
    const mark = '<img src=x onerror="document.title=1">';
    await add(one.page, `Buy milk ${mark}`);
    await row(other.page, `Buy milk ${mark}`).waitFor();
    assert.equal(await other.page.locator('main img').count(), 0, 'a title became markup');

    // Edit: only what changed goes out, and the rest of the form is as it was.
    await row(one.page, 'Buy milk')
      .getByRole('button', { name: /^Edit:/ })
      .click();
    const form = one.page.getByRole('form', { name: /^Edit / });
    await form.getByLabel('Title').fill('Buy oat milk');
    await form.getByLabel('Due', { exact: true }).fill('2020-02-29T10:30');
    await form.getByLabel('Priority').selectOption('Urgent');
    await form.getByLabel('Tags').fill('shop, breakfast');
    await form.getByRole('button', { name: 'Save' }).click();
    const there = row(other.page, 'Buy oat milk');
    await there.getByText('Overdue:').waitFor();
    assert.match(
      (await there.locator('time').getAttribute('datetime')) ?? '',
      /^2020-02-29T09:30/,
      'the due date is the one of Berlin',
    );
    await there.getByText('Urgent').waitFor();

    // Complete, and take it back.
    await row(one.page, 'Buy oat milk').getByRole('checkbox').check({ force: true });
    await row(other.page, 'Buy oat milk').waitFor({ state: 'detached' });
    await one.page.getByRole('button', { name: 'Undo' }).click();
    await row(other.page, 'Buy oat milk').waitFor();

    // Delete, take it back, and delete for good.
    await row(one.page, 'Buy oat milk')
      .getByRole('button', { name: /^Delete/ })
      .click();
    await row(one.page, 'Buy oat milk').waitFor({ state: 'detached' });
    await one.page.getByRole('button', { name: 'Undo' }).click();
    await row(one.page, 'Buy oat milk')
      .getByRole('button', { name: /^Delete/ })
      .click();
    await one.page.getByRole('button', { name: 'Dismiss' }).click();
    await row(other.page, 'Buy oat milk').waitFor({ state: 'detached' });
    await leave(one, other);
  },

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

  'two people who edit one task hear of each other': async (site) => {
    const user = newUser();
    const [one, other] = await Promise.all([enter(site, user), enter(site, user)]);
    one.expect(412);
    await add(one.page, 'Plan the garden');
    await row(other.page, 'Plan the garden').waitFor();
    await row(one.page, 'Plan the garden')
      .getByRole('button', { name: /^Edit:/ })
      .click();
    await row(other.page, 'Plan the garden')
      .getByRole('button', { name: /^Edit:/ })
      .click();
    await other.page.getByRole('form', { name: /^Edit/ }).getByLabel('Description').fill('with Grace');
    await other.page.getByRole('button', { name: 'Save' }).click();
    await one.page.getByText('Changed elsewhere').waitFor();
    await one.page.getByRole('button', { name: 'Keep my changes' }).click();
    await one.page.getByRole('form', { name: /^Edit/ }).getByLabel('Title').fill('Plan the whole garden');
    await one.page.getByRole('button', { name: 'Save' }).click();
    // Both changes hold: each sent only its own field.
    await row(other.page, 'Plan the whole garden').getByText('with Grace').waitFor();

    // With its stream cut off, a screen learns of it from the refusal.
    await one.page.route('**/api/stream', (route) => route.abort());
    await one.page.reload();
    await row(one.page, 'garden')
      .getByRole('button', { name: /^Edit:/ })
      .click();
    await row(other.page, 'garden')
      .getByRole('button', { name: /^Edit:/ })
      .click();
    await other.page.getByRole('form', { name: /^Edit/ }).getByLabel('Title').fill('Plan two gardens');
    await other.page.getByRole('button', { name: 'Save' }).click();
    await row(other.page, 'Plan two gardens')
      .getByRole('button', { name: /^Edit:/ })
      .waitFor();
    await one.page.getByRole('form', { name: /^Edit/ }).getByLabel('Title').fill('Plan no garden');
    await one.page.getByRole('button', { name: 'Save' }).click();
    await one.page.getByText('Changed elsewhere').waitFor();
    await one.page.getByRole('button', { name: 'Load that version' }).click();
    assert.equal(await one.page.getByRole('form', { name: /^Edit/ }).getByLabel('Title').inputValue(), 'Plan two gardens');
    await leave(other);
    await one.context.close();
  },

  'a lost answer never makes two tasks, and is never called saved': async (site) => {
    const one = await enter(site, newUser());
    let lost = 0;
    await one.page.route('**/api/tasks', async (route) => {
      if (route.request().method() !== 'POST' || lost++ > 0) return route.continue();
      // The server does it; only its answer gets lost.
      await route.fetch();
      await route.abort('connectionreset');
    });
    await one.page.route('**/api/stream', (route) => route.abort());
    await one.page.reload();
    await newTask(one.page).fill('Only once');
    await newTask(one.page).press('Enter');
    await one.page.getByText('Not sure whether this was saved.').waitFor();
    await one.page.getByRole('button', { name: 'Try again' }).click();
    await one.page.getByText('Not sure whether this was saved.').waitFor({ state: 'detached' });
    await one.page.unroute('**/api/stream');
    await one.page.reload();
    await row(one.page, 'Only once').waitFor();
    assert.equal(await row(one.page, 'Only once').count(), 1);
    await one.context.close();
  },

  'a list is narrowed down by state, words and tag': async (site) => {
    const one = await enter(site, newUser());
    const { page } = one;
    await add(page, 'Water the plants');
    await page.getByRole('button', { name: 'Details' }).click();
    await page.getByRole('form', { name: 'New task' }).getByLabel('Tags').fill('errands');
    await add(page, 'Fetch the parcel');
    await row(page, 'Fetch the parcel')
      .getByRole('button', { name: /errands/ })
      .click();
    await row(page, 'Water the plants').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: /show all tags again/ }).click();
    await row(page, 'Water the plants').getByRole('checkbox').check({ force: true });
    await page.getByRole('button', { name: 'Done', exact: true }).click();
    await row(page, 'Fetch the parcel').waitFor({ state: 'detached' });
    await row(page, 'Water the plants').waitFor();
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await page.getByRole('searchbox').fill('PARCEL');
    await row(page, 'Water the plants').waitFor({ state: 'detached' });
    await row(page, 'Fetch the parcel').waitFor();
    await page.getByRole('searchbox').fill('nothing like it');
    await page.getByText('Nothing matches').waitFor();
    await leave(one);
  },

  'a recurring task is made, paused, resumed and deleted': async (site) => {
    const one = await enter(site, newUser());
    const { page } = one;
    await page.getByRole('link', { name: 'Recurring' }).click();
    await page.getByRole('button', { name: 'New recurring task' }).click();
    await page.getByLabel('Title').fill('Pay the rent');
    await page.getByLabel('Repeats').selectOption('By a rule of your own');
    await page.getByLabel('Rule').fill('FREQ=MONTHLY;BYMONTHDAY=-1');
    await page.getByText('Every month on the last day').waitFor();
    assert.equal(await page.getByLabel('Time zone').inputValue(), 'Europe/Berlin');
    await page.getByLabel('Starts').fill('2031-01-15T09:00');
    await page.getByRole('button', { name: 'Create' }).click();
    const template = page.getByRole('list', { name: 'Recurring tasks' }).locator('> li').filter({ hasText: 'Pay the rent' });
    await template.getByText(/Next:/).waitFor();
    await template.getByRole('button', { name: /^Pause/ }).click();
    await template.getByText('Paused').waitFor();
    await template.getByRole('button', { name: /^Resume/ }).click();
    await template.getByText(/Next:/).waitFor();
    await template.getByRole('button', { name: /^Delete/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByText('Nothing comes back yet').waitFor();
    await leave(one);
  },

  'what the assistant is asked for appears in the list': async (site) => {
    for (const look of [desktop, phone]) {
      const one = await enter(site, newUser(), look);
      const { page } = one;
      await page.getByRole('button', { name: 'Assistant', exact: true }).click();
      await page.getByRole('textbox', { name: 'Message' }).fill('add buy milk tomorrow');
      await page.keyboard.press('Enter');
      await page.getByRole('log').getByText('Assistant: ').waitFor();
      await page.getByRole('button', { name: /^Close/ }).click();
      await row(page, 'buy milk')
        .getByText(/^Tomorrow/)
        .waitFor();
      assert.equal((await focused(page)).name, 'Assistant', 'the focus is back where it came from');
      // The conversation is still there after a reload.
      await page.reload();
      await page.getByRole('button', { name: 'Assistant', exact: true }).click();
      await page.getByRole('log').getByText('add buy milk tomorrow').waitFor();
      await leave(one);
    }
  },

  'how to be reminded is kept': async (site) => {
    const one = await enter(site, newUser());
    const { page } = one;
    const open = async () => {
      await page.getByRole('button', { name: /^Account/ }).click();
      await page.getByRole('button', { name: 'Reminders' }).click();
      await page.getByLabel('E-mail address').waitFor();
    };
    await open();
    await page.getByRole('checkbox', { name: 'E-mail' }).check();
    await page.getByLabel('E-mail address').fill('not an address');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('does not look like an e-mail address').waitFor();
    await page.getByLabel('E-mail address').fill('walker@example.org');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Reminder settings saved').waitFor();
    await page.reload();
    await open();
    assert.equal(await page.getByLabel('E-mail address').inputValue(), 'walker@example.org');
    assert.equal(await page.getByRole('checkbox', { name: 'E-mail' }).isChecked(), true);
    await leave(one);
  },

  'activity tells what happened': async (site) => {
    const one = await enter(site, newUser());
    await add(one.page, 'Something happens');
    await one.page.getByRole('link', { name: 'Activity' }).click();
    await one.page.getByRole('list', { name: 'Activity' }).getByText('Something happens').waitFor();
    await leave(one);
  },

  'a lost network is told, and what was missed is fetched': async (site) => {
    const user = newUser();
    const [one, other] = await Promise.all([enter(site, user), enter(site, user)]);
    await one.context.setOffline(true);
    await one.page.getByText('You are offline').waitFor();
    await newTask(one.page).fill('Never sent');
    await newTask(one.page).press('Enter');
    await one.page.getByText('Not saved.').waitFor();
    await one.page.getByRole('button', { name: 'Discard' }).click();
    await add(other.page, 'Missed');
    await one.context.setOffline(false);
    await row(one.page, 'Missed').waitFor();
    await isLive(one.page);
    await leave(other);
    await one.context.close();
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

  'the keyboard reaches everything, and sees where it is': async (site) => {
    const one = await enter(site, newUser());
    const { page } = one;
    await add(page, 'First');
    await add(page, 'Second');
    await page.reload();
    await row(page, 'First').waitFor();
    const names: string[] = [];
    const press = async (key: string) => {
      await page.keyboard.press(key);
      const now = await focused(page);
      names.push(now.name);
      assert.ok(now.isVisible, `no visible focus on ${now.name}`);
      return now;
    };
    for (let stop = 0; stop < 22; stop++) await press('Tab');
    // Top to bottom, as it is read.
    const order = [
      'Skip to content',
      'Todo',
      'Tasks',
      'Recurring',
      'Activity',
      'Assistant',
      'New task',
      'Add',
      'Details',
      'Open',
      'Done',
      'All',
    ];
    const rest = [
      'Search tasks',
      'Done: Second',
      'Edit: Second',
      'Delete: Second',
      'Done: First',
      'Edit: First',
      'Delete: First',
    ];
    const expected = [...order, ...rest];
    assert.deepEqual(names.filter((name) => expected.includes(name)).slice(0, expected.length), expected);

    // Space ticks; Enter edits, Escape leaves, and the focus is back on the title.
    await page.getByRole('checkbox', { name: 'Done: Second' }).focus();
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Undo' }).press('Enter');
    await page.getByRole('button', { name: 'Edit: First' }).focus();
    await page.keyboard.press('Enter');
    assert.equal((await focused(page)).name, 'Title');
    await page.keyboard.press('Escape');
    assert.equal((await focused(page)).name, 'Edit: First');

    // Deleting by key offers the way back under the finger.
    await page.getByRole('button', { name: 'Delete: First' }).focus();
    await page.keyboard.press('Enter');
    assert.equal((await focused(page)).name, 'Undo');
    await page.keyboard.press('Enter');
    await row(page, 'First').waitFor();

    // A dialog keeps the focus in and gives it back.
    await page.getByRole('button', { name: /^Account/ }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Reminders' }).press('Enter');
    await page.getByLabel('E-mail address').waitFor();
    for (let stop = 0; stop < 12; stop++) {
      const { name, inDialog } = await press('Tab');
      // The browser's own bar takes its turn: then nothing of the page has the focus.
      assert.ok(
        inDialog || name === '' || (await page.evaluate('document.activeElement === document.body')),
        `the focus got out, to ${name}`,
      );
    }
    await page.keyboard.press('Escape');
    assert.match((await focused(page)).name, /^Account/);
    await leave(one);
  },

  'no view breaks a rule of accessibility, on any screen, by day or night': async (site) => {
    const found: string[] = [];
    for (const look of [
      phone,
      desktop,
      { ...phone, scheme: 'dark' },
      { ...desktop, scheme: 'dark' },
      { ...phone, width: 320 },
    ] as const) {
      const visited = await visit(site.browser, site.url, look);
      const { page } = visited;
      const check = async (view: string) => {
        const wide = await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
        const lines = [...(await axeViolations(page)), ...(wide ? ['wider than the screen'] : [])];
        found.push(...lines.map((line) => `${view} (${look.width} ${look.scheme}): ${line}`));
      };
      await page.goto('/');
      await page.getByRole('heading', { name: /off your mind/ }).waitFor();
      await check('landing');
      await site.signIn(page, newUser());
      await isLive(page);
      await check('empty list');
      await page.getByRole('button', { name: 'Details' }).click();
      await page
        .getByRole('form', { name: 'New task' })
        .getByLabel('Tags')
        .fill('garden, anunusuallylongtagwithoutanyspaceinsideofit');
      await page.getByRole('form', { name: 'New task' }).getByLabel('Due', { exact: true }).fill('2020-01-01T08:00');
      await page.getByRole('form', { name: 'New task' }).getByLabel('Priority').selectOption('High');
      await page.getByRole('form', { name: 'New task' }).getByLabel('Description').fill('With a description\nof two lines');
      await check('new task with details');
      await add(page, 'Water the tomatoes');
      await add(page, 'Averyveryverylongtitlewithoutanyspacewhichhastobreaksomewhere'.repeat(2));
      await row(page, 'Averyvery').getByRole('checkbox').check({ force: true });
      await page.getByRole('button', { name: 'Undo' }).waitFor();
      await check('list with a message');
      await row(page, 'Water')
        .getByRole('button', { name: /^Edit:/ })
        .click();
      await page.getByRole('form', { name: /^Edit/ }).getByLabel('Title').fill('');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Say what is to be done.').waitFor();
      await check('edit with a complaint');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: /^Account/ }).click();
      await check('account menu');
      await page.getByRole('button', { name: 'Reminders' }).click();
      await page.getByLabel('E-mail address').waitFor();
      await check('reminders');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Assistant', exact: true }).click();
      await page.getByRole('textbox', { name: 'Message' }).fill('help');
      await check('assistant, empty');
      await page.keyboard.press('Enter');
      await page.getByRole('log').getByText('Assistant: ').waitFor();
      await check('assistant');
      await page.getByRole('button', { name: /^Close/ }).click();
      await page.getByRole('link', { name: 'Recurring' }).click();
      await page.getByText('Nothing comes back yet').waitFor();
      await check('recurring, empty');
      await page.getByRole('button', { name: 'New recurring task' }).click();
      await page.getByLabel('Repeats').selectOption('By a rule of your own');
      await check('recurring form');
      await page.getByLabel('Title').fill('Pay the rent');
      await page.getByRole('button', { name: 'Create' }).click();
      await page.getByRole('button', { name: /^Delete: Pay/ }).click();
      await check('recurring with a question');
      await page.getByRole('button', { name: 'Keep it' }).click();
      await page.getByRole('link', { name: 'Activity' }).click();
      await page.getByRole('list', { name: 'Activity' }).getByText('Water the tomatoes').first().waitFor();
      await check('activity');
      await page.route('**/api/tasks*', (route) =>
        route.fulfill({ status: 503, contentType: 'application/problem+json', body: problem }),
      );
      visited.expect(503);
      await page.getByRole('link', { name: 'Tasks' }).click();
      await newTask(page).fill('Refused');
      await newTask(page).press('Enter');
      await page.getByText('Not saved.').waitFor();
      await check('refused task');
      await leave(visited);
    }
    assert.deepEqual(found, []);
  },
};

const problem = JSON.stringify({
  type: 'about:blank',
  title: 'Away',
  status: 503,
  detail: 'The service behind this one can not be reached',
});

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
    return page.evaluate(`new Promise((resolve) => setTimeout(resolve, 200)).then(() => {
      const files = performance.getEntriesByType('resource').filter(({ name }) => !name.includes('/api/'));
      const page = performance.getEntriesByType('navigation')[0];
      return {
        firstPaintMs: Math.round(performance.getEntriesByName('first-contentful-paint')[0].startTime),
        listVisibleMs: Math.round(window.listVisibleMs),
        requests: files.length + 1,
        transferredKb: Math.round([page, ...files].reduce((sum, { transferSize }) => sum + transferSize, 0) / 102.4) / 10,
      };
    })`);
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
