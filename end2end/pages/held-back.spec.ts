// What holds an operation back before it begins: a freeze of the platform, the time to undo it in, a second person.
import { type Page } from '@playwright/test';
import { expect, test } from '../support/server.ts';
import { Api } from '../support/api.ts';
import { Slipway } from '../support/slipway.ts';
import { isPage } from '../words/contract.ts';
import { comesIn, opens, signIn } from '../words/entrance.ts';
import { isAccessible, screenshotEverywhere } from '../words/looking.ts';
import { card, seesItSucceed } from '../words/operations.ts';
import { stateOf } from '../words/workloads.ts';

async function confirms(page: Page): Promise<void> {
  await isPage(page, 'plan');
  await page.locator('[data-field="confirm"] button').click();
  await isPage(page, 'operation');
}

test('a freeze stands on every page, refuses what is started, and is lifted', async ({ page, slipway, admin, api }) => {
  await comesIn(page, slipway.url, admin);
  await opens(page, '/platform/ops');
  const freeze = card(page, 'platform.freeze');
  await freeze.getByLabel('Reason').fill('Smoke in hall 2.');
  await freeze.getByRole('button').click();
  await confirms(page);
  try {
    await seesItSucceed(page);
    await opens(page, '/workloads');
    const banner = page.locator('[data-field="frozen"]');
    await expect(banner).toContainText('The platform is frozen: nothing begins.');
    await expect(banner).toContainText('Smoke in hall 2.');
    await expect(banner).toContainText('admin@example.test');

    // Planning works, and its page says that it cannot start now and why; so does the API.
    const node = await api.node('node-1');
    await opens(page, `/platform/nodes/${node.id}/operations`);
    await card(page, 'node.disable_scheduling').getByLabel('Reason').fill('To be looked at.');
    await card(page, 'node.disable_scheduling').getByRole('button').click();
    await isPage(page, 'plan');
    await expect(page.locator('[data-field="blockers"]')).toContainText('The platform is frozen, so nothing begins: Smoke in hall 2.');
    await expect(page.locator('[data-field="confirm"] button')).toBeDisabled();
    await isAccessible(page);
    await screenshotEverywhere(page, 'plan-frozen');
    const { hash } = await api.plans('node.disable_scheduling', `node:${node.id}`, { reason: 'Looked at.' });
    const headers = { 'idempotency-key': `frozen-${Date.now()}` };
    const [status, problem] = await api.asks<{ code: string; next: string }>('POST', '/api/v1/operations', { plan_hash: hash }, headers);
    expect([status, problem.code]).toEqual([409, 'platform_frozen']);

    // What only looks goes on.
    await api.sees(await api.starts('node.probe', `node:${node.id}`));

    await banner.getByRole('link', { name: 'Unfreeze' }).click();
    await isPage(page, 'ops');
    const lift = card(page, 'platform.unfreeze');
    await expect(lift).toBeInViewport();
    await screenshotEverywhere(page, 'ops-frozen');
    await lift.getByRole('button').click();
    await confirms(page);
    await seesItSucceed(page);
    await opens(page, '/workloads');
    await expect(banner).toHaveCount(0);
  } finally {
    const view = await api.reads<{ frozen: unknown }>('/session');
    if (view.frozen) await api.sees(await api.starts('platform.unfreeze', 'platform:platform', {}, 'confirmed'));
  }
});

test('what is started from a browser can be undone for a while with nothing done, and begins by itself', async ({ browser, database }) => {
  test.setTimeout(120_000);
  const slipway = await Slipway.start(database, { SLIPWAY_UNDO_WINDOW_SECONDS: '8' });
  const context = await browser.newContext({ baseURL: slipway.url });
  const page = await context.newPage();
  try {
    const admin = await slipway.person('admin', 'platform_admin');
    const api = await Api.as(slipway, admin);
    const node = await api.node('node-1');
    await signIn(page, admin);
    const drains = async () => {
      await opens(page, `/platform/nodes/${node.id}/operations`);
      await card(page, 'node.drain').getByRole('button').click();
      await isPage(page, 'plan');
      await expect(page.locator('[data-field="undo_window"]')).toContainText('begins 8 s after that');
      await confirms(page);
      await expect(page.locator('form[data-field="undo_window"]')).toContainText(/Begins in \d+ s/);
    };

    await drains();
    await isAccessible(page);
    await screenshotEverywhere(page, 'operation-undo-window');
    await page.locator('form[data-field="undo_window"]').getByRole('button', { name: 'Undo' }).click();
    await expect(stateOf(page)).toHaveAttribute('data-state', 'cancelled');
    await expect(page.locator('[data-field="outcome"]')).toContainText('Cancelled before it began.');
    expect((await api.node('node-1')).policy).toBe('in_service');

    // Left alone it begins, and the page says so without being asked again.
    await drains();
    await seesItSucceed(page);
    await expect(page.locator('form[data-field="undo_window"]')).toHaveCount(0);
  } finally {
    await context.close();
    await slipway.stop();
  }
});

test('what destroys something waits for a second person, who approves exactly that plan', async ({ page, browser, slipway, admin, api }) => {
  test.setTimeout(120_000);
  const project = await api.project();
  const second = await slipway.person('second', 'member', 'starter');
  const policy = async (needs: string) =>
    api.sees(await api.starts('approval_policy.set', `people:${project.id}`, { needs }, 'confirmed'));
  await policy('destructive');
  const context = await browser.newContext({ baseURL: slipway.url });
  try {
    const workload = await api.launches('approved-away', ['sleep', '600']);
    await signIn(page, admin);
    await opens(page, `/workloads/${workload.id}/operations`);
    await card(page, 'workload.release').getByRole('button').click();
    await isPage(page, 'plan');
    const needed = page.locator('[data-field="approval"]');
    await expect(needed).toContainText('Needs a second person.');
    await expect(needed).toContainText('second@example.test');
    await screenshotEverywhere(page, 'plan-needs-approval');
    await page.getByLabel(/Type/).fill(workload.name);
    await page.locator('[data-field="confirm"] button').click();
    await isPage(page, 'operation');
    await expect(page.locator('[data-field="attention"]')).toContainText('Waits for a second person');
    await expect(page.locator('[data-field="approval"]')).toContainText('You asked for it');
    await expect(page.locator('[data-field="choices"] form')).toHaveCount(0);
    await isAccessible(page);
    await screenshotEverywhere(page, 'operation-waits-for-approval');
    const address = page.url();
    await opens(page, '/platform/ops');
    await expect(page.locator('[data-field="needs_action"]')).toContainText(`Release workload: ${workload.name}`);

    const other = await context.newPage();
    await signIn(other, second);
    await opens(other, '/workloads');
    await expect(other.getByRole('main')).toContainText('a second person has to approve it');
    await opens(other, address);
    await expect(other.locator('[data-field="attention"]')).toContainText('Waits for you');
    await screenshotEverywhere(other, 'operation-to-approve');
    const approve = other.locator('form[data-choice="approve"]');
    await approve.getByLabel('Why').fill('Agreed in the morning.');
    await approve.getByRole('button', { name: 'Approve' }).click();
    await seesItSucceed(other);
    await expect(other.locator('[data-field="approval"]')).toContainText('second@example.test approved it');
    await expect(other.locator('[data-field="approval"]')).toContainText('Agreed in the morning.');
  } finally {
    await context.close();
    await policy('nothing');
  }
});
