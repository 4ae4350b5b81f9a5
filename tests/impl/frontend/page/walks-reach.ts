/** Everybody reaches everything: by keyboard, on any screen, by day or night. */
import assert from 'node:assert/strict';
import { axeViolations, desktop, focused, phone, visit } from './browser.ts';
import { newUser, row, newTask, isLive, enter, leave, add, type Walk } from './visitor.ts';

export const reachWalks: Readonly<Record<string, Walk>> = {
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
