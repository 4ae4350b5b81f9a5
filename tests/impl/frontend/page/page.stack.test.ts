/** The page in a real browser on the whole system: four services, their sidecars, the broker, an identity provider. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { claimFolder } from '../../../../harness/process/folder.ts';
import { openScope } from '../../../../harness/process/scope.ts';
import { local } from '../../../../harness/stage/local/local.ts';
import { stageOf } from '../../../../harness/stage/stager.ts';
import { toolchain } from '../../../../harness/toolchain/toolchain.ts';
import { axeViolations } from './browser.ts';
import { loadTimes } from './load-times.ts';
import type { Site } from './visitor.ts';
import { reachWalks } from './walks-reach.ts';
import { sessionWalks } from './walks-session.ts';
import { taskWalks } from './walks-tasks.ts';
import { componentTypes, system } from '../../../own-project.ts';

jest.setTimeout(240_000);
const scope = openScope({ title: 'the page in a browser' });
let site: Site;

beforeAll(async () => {
  const tools = await toolchain(['daprd', 'kafka', 'redis', 'postgres', 'chromium'], {
    components: componentTypes,
    progress: () => {},
    signal: scope.signal,
  });
  const logs = claimFolder(scope, { name: 'page-logs' });
  const [{ target }, browser] = await Promise.all([
    local.stage(scope, { system, stage: stageOf(system), tools, ports: 'free', logs, say: () => {} }),
    openBrowser(tools.chromium.path),
  ]);
  site = { browser, url: target.url('frontend').origin, signIn };
});
afterAll(() => scope.close());

async function openBrowser(executablePath: string): Promise<Browser> {
  // The sandbox refuses to run for root, which is who runs tests in containers.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({ executablePath, args });
  scope.defer('close the browser', () => browser.close());
  return browser;
}

async function signIn(page: Page, user: string): Promise<void> {
  await page.getByRole('link', { name: 'Sign in' }).first().click();
  await page.getByRole('textbox', { name: 'User name' }).fill(user);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { level: 1, name: 'Tasks' }).waitFor();
}

describe('the page', () => {
  it.each(Object.entries({ ...taskWalks, ...sessionWalks, ...reachWalks }))('%s', async (_name, walk) => {
    await walk(site);
  });

  it('is judged by rules that can find something', async () => {
    const page = await site.browser.newPage();
    await page.setContent('<html><body><img src="data:,"><button></button></body></html>');
    const found = await axeViolations(page);
    expect(found.map((line) => line.split(':')[0])).toEqual(
      expect.arrayContaining(['image-alt', 'button-name', 'document-title']),
    );
    await page.close();
  });

  it('shows the list soon', async () => {
    const times = await loadTimes(site);
    process.stdout.write(`page load: ${JSON.stringify(times)}\n`);
    expect(times.cold.transferredKb).toBeLessThan(60);
    // What a loaded test machine can promise; the figures above say what it was.
    expect(times.cold.listVisibleMs).toBeLessThan(5_000);
  });
});
