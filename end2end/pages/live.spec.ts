// Live: what changes in one tab is seen in the others, and one stream serves all tabs of a browser.
import { expect, test } from '../support/server.ts';
import { comesIn, opens } from '../words/entrance.ts';
import { launches, rowOf, startsThePlan } from '../words/workloads.ts';
import { card } from '../words/operations.ts';

test('a launch in one tab appears in the other, and its release takes it away', async ({ context, page, slipway, admin }) => {
  await comesIn(page, slipway.url, admin);
  await opens(page, '/workloads');
  await expect(page.locator('[data-link]')).toHaveText('Live');
  await page.evaluate(() => Object.assign(globalThis, { sameDocument: true }));
  const other = await context.newPage();
  await launches(other, { name: 'seen-elsewhere', command: 'sleep 600' });
  await expect(rowOf(page, 'seen-elsewhere').locator('[data-state]')).toHaveAttribute('data-state', 'running');
  await rowOf(page, 'seen-elsewhere').getByRole('link', { name: 'seen-elsewhere', exact: true }).getAttribute('href').then((href) => other.goto(`${href}/operations`));
  await card(other, 'workload.release').getByRole('button').click();
  await other.getByLabel(/^Type/).fill('seen-elsewhere');
  await startsThePlan(other, 'Release');
  await expect(rowOf(page, 'seen-elsewhere')).toHaveCount(0);
  expect(await page.evaluate(() => 'sameDocument' in globalThis), 'the page was not loaded again').toBe(true);
});

test('an open menu stays open while something changes', async ({ page, slipway, admin, api }) => {
  await comesIn(page, slipway.url, admin);
  await opens(page, '/workloads');
  await expect(page.locator('[data-link]')).toHaveText('Live');
  await page.getByRole('button', { name: /^Account/ }).click();
  const workload = await api.launches('beside-the-menu', ['sleep', '600']);
  await expect(rowOf(page, 'beside-the-menu')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
  await api.releases(workload);
  await expect(rowOf(page, 'beside-the-menu')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
});

test('eight tabs share one stream, all load, all are live, and the next leads when the first is closed', async ({ context, page, slipway, admin, api }) => {
  const streams: string[] = [];
  context.on('request', (request) => {
    if (new URL(request.url()).pathname === '/api/v1/events') streams.push(request.url());
  });
  await comesIn(page, slipway.url, admin);
  streams.length = 0;
  const tabs = [page];
  while (tabs.length < 8) tabs.push(await context.newPage());
  for (const tab of tabs) await opens(tab, '/workloads');
  for (const tab of tabs) await expect(tab.locator('[data-link]')).toHaveText('Live');
  expect(streams).toHaveLength(1);

  const workload = await api.launches('in-all-tabs', ['sleep', '600']);
  for (const tab of tabs) await expect(rowOf(tab, 'in-all-tabs')).toBeVisible();

  await tabs[0]?.close();
  await expect.poll(() => streams.length).toBe(2);
  await api.releases(workload);
  for (const tab of tabs.slice(1)) await expect(rowOf(tab, 'in-all-tabs')).toHaveCount(0);
});
