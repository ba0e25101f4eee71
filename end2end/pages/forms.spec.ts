// Forms that come back: everything typed is kept, and each sentence stands beside its field, with and without script.
import type { Page } from '@playwright/test';
import { expect, test } from '../support/server.ts';
import { comesIn, isInteractive, opens } from '../words/entrance.ts';
import { isAccessible, screenshotEverywhere } from '../words/looking.ts';
import { card } from '../words/operations.ts';
import { fillsInTheLaunch } from '../words/workloads.ts';

/** Each field is wrong by a rule of its own, or the line is not whole. */
const WRONG = { name: 'Not A Name!', command: 'word '.repeat(300).trim(), port: 80 };
const UNCLOSED = { name: 'fine', command: "say 'hi", port: 8000 };

test('a launch that is wrong everywhere keeps what was typed and says each thing beside its field', async ({ page, slipway, admin }) => {
  await comesIn(page, slipway.url, admin);
  await opens(page, '/compute/launch');
  await fillsInTheLaunch(page, WRONG);
  await page.getByRole('button', { name: 'See the plan…' }).click();
  await launchCameBack(page);
  await isInteractive(page);
  await launchCameBack(page);
  await isAccessible(page);
  await screenshotEverywhere(page, 'launch-errors');

  await fillsInTheLaunch(page, UNCLOSED);
  await page.getByRole('button', { name: 'See the plan…' }).click();
  const line = page.getByLabel('Command', { exact: true });
  await expect(line).toHaveAccessibleDescription(/quote ' is not closed/);
  await expect(line).toHaveValue(UNCLOSED.command);
  await expect(page.getByLabel('Name')).toHaveValue('fine');

  await page.getByLabel('Name').fill('mended');
  await page.getByLabel('Command', { exact: true }).fill("sh -c 'sleep 60'");
  await page.getByLabel('Port').fill('');
  await page.getByRole('button', { name: 'See the plan…' }).click();
  await expect(page.locator('main')).toHaveAttribute('data-page', 'plan');
});

test('the same without script', async ({ browser, page, slipway, admin }) => {
  await comesIn(page, slipway.url, admin);
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: slipway.url });
  await context.addCookies(await page.context().cookies());
  const plain = await context.newPage();
  await plain.goto('/compute/launch');
  await fillsInTheLaunch(plain, WRONG);
  await plain.getByRole('button', { name: 'See the plan…' }).click();
  await launchCameBack(plain);
  await context.close();
});

test('what is wrong with a card comes back into the card', async ({ page, slipway, admin, api }) => {
  await comesIn(page, slipway.url, admin);
  const node = await api.node('node-1');
  await opens(page, `/platform/nodes/${node.id}/operations`);
  const grace = card(page, 'node.drain').getByLabel(/^Grace/);
  await grace.fill('0');
  await card(page, 'node.drain').getByRole('button').click();
  await expect(page).toHaveURL(/draft=/);
  await expect(grace).toHaveValue('0');
  await expect(grace).toHaveAccessibleDescription(/1 to 3600 seconds/);
  await expect(grace).toHaveAttribute('aria-invalid', 'true');
  await isAccessible(page);
});

test('what somebody is typing stays while the page learns of changes', async ({ page, slipway, admin, api }) => {
  await comesIn(page, slipway.url, admin);
  await opens(page, '/compute/launch');
  const free = page.locator('[data-sku]').first();
  const before = await free.innerText();
  await fillsInTheLaunch(page, { name: 'half-typed', command: 'python3 -m http.serv' });
  const other = await api.launches('meanwhile', ['sleep', '600']);
  await expect(free).not.toHaveText(before, { useInnerText: true });
  await expect(page.getByLabel('Name')).toHaveValue('half-typed');
  await expect(page.getByLabel('Command', { exact: true })).toHaveValue('python3 -m http.serv');
  await expect(page.getByRole('radio').first()).toBeChecked();
  await api.releases(other);
});

test('what somebody chose stays while the page learns of changes', async ({ page, slipway, admin, api }) => {
  await comesIn(page, slipway.url, admin);
  await opens(page, '/platform/iam/users');
  const invite = card(page, 'user.invite');
  await invite.getByLabel('Role').selectOption('auditor');
  await invite.getByLabel('Where').selectOption({ label: 'the platform' });
  await api.sees(await api.starts('user.invite', 'people:platform', { email: 'meanwhile@example.test', role: 'finance', days: 1 }));
  await expect(page.locator('[data-invitation]').filter({ hasText: 'meanwhile@example.test' })).toBeVisible();
  await expect(invite.getByLabel('Role')).toHaveValue('auditor');
  await expect(invite.getByLabel('Where')).toHaveValue('people:platform');
});

async function launchCameBack(page: Page): Promise<void> {
  await expect(page).toHaveURL(/\/compute\/launch\?.*draft=/);
  const fields = [
    [page.getByLabel('Name'), WRONG.name, /Use 1 to 40 lower-case letters/],
    [page.getByLabel('Command', { exact: true }), WRONG.command, /at most 256 words/],
    [page.getByLabel('Port'), String(WRONG.port), /from 1024 to 65535/],
  ] as const;
  for (const [field, typed, sentence] of fields) {
    await expect(field).toHaveValue(typed);
    await expect(field).toHaveAccessibleDescription(sentence);
    await expect(field).toHaveAttribute('aria-invalid', 'true');
  }
  await expect(page.getByRole('radio').first()).toBeChecked();
  await expect(page.getByRole('alert')).toContainText('No plan was made');
}
