// A node is taken out of service in each way there is, and comes back by the one way that belongs to it. And a token that
// nobody has used is revoked beside its command.
import type { Page } from '@playwright/test';
import type { Workload } from '../support/api.ts';
import { expect, test } from '../support/server.ts';
import { comesIn, isInteractive, opens } from '../words/entrance.ts';
import { isAccessible, screenshotEverywhere } from '../words/looking.ts';
import { badge, issuesAToken, nodeRow } from '../words/nodes.ts';
import { card, seesItSucceed } from '../words/operations.ts';
import { startsThePlan } from '../words/workloads.ts';

const WAYS_BACK = ['node.enable_scheduling', 'node.resume', 'node.end_maintenance'];

test('scheduling is disabled with a reason, what runs goes on, and it is enabled again', async ({ page, slipway, admin, api }) => {
  await comesIn(page, slipway.url, admin);
  const node = await api.node('node-1');
  const workload = await api.launches('steady', ['sleep', '600']);

  await opens(page, cardsOf(node.id));
  await card(page, 'node.disable_scheduling').getByLabel('Reason').fill('noisy fans');
  await runs(page, 'node.disable_scheduling', 'Disable scheduling');
  expect((await api.reads<Workload>(`/workloads/${workload.id}`)).state).toBe('running');

  await test.step('the list and the page say who wants it so, and why', async () => {
    await opens(page, '/platform/nodes');
    await expect(nodeRow(page, 'node-1').locator('[data-state="cordoned"]')).toBeVisible();
    await expect(nodeRow(page, 'node-1')).toContainText(/Scheduling disabled by .*: noisy fans\./);
    await screenshotEverywhere(page, 'nodes-held');
    await opens(page, `/platform/nodes/${node.id}`);
    await expect(page.locator('[data-field="run_next"]')).toContainText('Enable scheduling');
    await expect(page.locator('[data-field="safe_to_ignore"]')).toContainText('what somebody wants');
  });

  await test.step('one way leads back, and the cards of the others name it', async () => {
    await opens(page, cardsOf(node.id));
    await leadsBackBy(page, 'node.enable_scheduling');
    await isAccessible(page);
    await screenshotEverywhere(page, 'node-operations-cordoned');
  });

  await test.step('maintenance has to wait for a drain', async () => {
    const button = card(page, 'node.begin_maintenance').getByRole('button');
    await expect(button).toBeDisabled();
    await expect(button).toHaveAccessibleDescription(/steady runs here: drain the node first/);
    await expect(card(page, 'node.begin_maintenance')).toContainText('Unblocked by node.drain');
  });

  await runs(page, 'node.enable_scheduling', 'Enable scheduling');
  await opens(page, `/platform/nodes/${node.id}`);
  await expect(badge(page, 'in_service')).toBeVisible();
  await api.releases(workload);
});

test('an empty node is worked on for a while, and comes back with an inventory from after the work', async ({ page, slipway, admin, api }) => {
  await comesIn(page, slipway.url, admin);
  const node = await api.node('node-1');

  await test.step('the reason is asked for', async () => {
    await opens(page, cardsOf(node.id));
    await card(page, 'node.begin_maintenance').getByRole('button').click();
    await expect(page).toHaveURL(/draft=/);
    await isInteractive(page);
    await expect(card(page, 'node.begin_maintenance').getByLabel('Reason')).toHaveAttribute('aria-invalid', 'true');
  });

  await card(page, 'node.begin_maintenance').getByLabel('Reason').fill('new fans');
  await card(page, 'node.begin_maintenance').getByLabel('Ticket').fill('OPS-7');
  await runs(page, 'node.begin_maintenance', 'Begin maintenance');
  await opens(page, `/platform/nodes/${node.id}`);
  await expect(badge(page, 'maintenance')).toBeVisible();
  await expect(page.locator('[data-field="header"]')).toContainText(/In maintenance by .*: new fans \(OPS-7\)\. Expected until/);
  await expect(page.locator('[data-field="run_next"]')).toContainText('End maintenance');
  await isAccessible(page);
  await screenshotEverywhere(page, 'node-maintenance');

  await opens(page, cardsOf(node.id));
  await leadsBackBy(page, 'node.end_maintenance');
  await expect(card(page, 'node.drain').getByRole('button')).toBeDisabled();
  await runs(page, 'node.end_maintenance', 'End maintenance');
  await opens(page, `/platform/nodes/${node.id}`);
  await expect(badge(page, 'in_service')).toBeVisible();
  await opens(page, cardsOf(node.id));
  await leadsBackBy(page, undefined);

  await test.step('the inventory is taken anew whenever somebody wants it', async () => {
    await runs(page, 'node.refresh_inventory', 'Refresh inventory');
    await expect(page.locator('main')).toContainText('an inventory that was taken at');
    await opens(page, `/platform/nodes/${node.id}`);
    await expect(page.locator('dt:text-is("Found out") + dd')).toHaveText(/^\d+ s ago$/);
  });
});

test('a token that nobody has used is revoked beside its command', async ({ page, slipway, admin }) => {
  await comesIn(page, slipway.url, admin);
  await issuesAToken(page);
  await issuesAToken(page);
  const tokens = page.locator('[data-token]');
  await expect(tokens).toHaveCount(2);
  const first = tokens.first();
  const id = await first.getAttribute('data-token');
  await expect(first).toContainText('Whoever still has its command can bring no machine in with it.');
  await isAccessible(page);
  await screenshotEverywhere(page, 'nodes-tokens');

  await first.getByRole('button', { name: 'Revoke enrolment token…' }).click();
  await expect(page.locator('main')).toContainText(/until \d\d:\d\d:\d\d UTC it would have let in one machine of any name/);
  await screenshotEverywhere(page, 'plan-revoke');
  await startsThePlan(page, 'Revoke enrolment token');
  await seesItSucceed(page);
  await page.locator('[data-back]').click();
  await expect(page.locator('main')).toHaveAttribute('data-page', 'nodes');
  await expect(tokens).toHaveCount(1);
  await expect(page.locator(`[data-token="${id}"]`)).toHaveCount(0);
});

function cardsOf(node: string): string {
  return `/platform/nodes/${node}/operations`;
}

/** From the card on the page that is open to the end of the operation. */
async function runs(page: Page, operation: string, title: string): Promise<void> {
  await card(page, operation).getByRole('button').click();
  await startsThePlan(page, title);
  await seesItSucceed(page);
}

/** Only this way back is open; each other card names it, if there is one. */
async function leadsBackBy(page: Page, wanted: string | undefined): Promise<void> {
  for (const way of WAYS_BACK) {
    const button = card(page, way).getByRole('button');
    if (way === wanted) await expect(button).toBeEnabled();
    else await expect(button).toBeDisabled();
    if (wanted && way !== wanted) await expect(card(page, way)).toContainText(`Unblocked by ${wanted}`);
  }
}
