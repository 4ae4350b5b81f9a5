/** Tasks and all that is around them, on one screen and on two. */
import assert from 'node:assert/strict';
import { desktop, focused, phone } from './browser.ts';
import { newUser, row, newTask, isLive, enter, leave, add, type Walk } from './visitor.ts';

export const taskWalks: Readonly<Record<string, Walk>> = {
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
};
