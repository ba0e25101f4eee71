// What asks for a person is handed over with a note, and what destroys something is chosen by two where the policy says so.
import { type Page } from '@playwright/test';
import { expect, test } from '../support/server.ts';
import { Api } from '../support/api.ts';
import { Slipway } from '../support/slipway.ts';
import { isPage } from '../words/contract.ts';
import { opens, signIn } from '../words/entrance.ts';
import { isAccessible, screenshotEverywhere } from '../words/looking.ts';
import { card, seesItSucceed } from '../words/operations.ts';
import { startsThePlan } from '../words/workloads.ts';

/** Ignores being asked to stop. */
const STUBBORN = ['sh', '-c', 'trap "" TERM; while true; do sleep 1; done'];

async function confirms(page: Page): Promise<void> {
  await isPage(page, 'plan');
  await page.locator('[data-field="confirm"] button').click();
  await isPage(page, 'operation');
  await seesItSucceed(page);
}

test('a drain that asks is handed to the night shift, who decides with a second person', async ({ browser, database }) => {
  test.setTimeout(180_000);
  const slipway = await Slipway.start(database);
  const contexts = [await browser.newContext({ baseURL: slipway.url }), await browser.newContext({ baseURL: slipway.url })];
  const [page, other] = await Promise.all(contexts.map((context) => context.newPage())) as [Page, Page];
  try {
    const admin = await slipway.person('admin', 'platform_admin');
    const night = await slipway.person('night', 'operator');
    const api = await Api.as(slipway, admin);
    await api.launches('stubborn', STUBBORN);
    const node = await api.node('node-1');
    await signIn(page, admin);
    await opens(page, `/platform/nodes/${node.id}/operations`);
    const drain = card(page, 'node.drain');
    await drain.getByText('with deadlines and tries').click();
    await expect(drain).toContainText('tried up to 3 times');
    await isAccessible(page);
    await screenshotEverywhere(page, 'card-with-steps');
    await drain.getByLabel(/^Grace/).fill('1');
    await drain.getByRole('button').click();
    await startsThePlan(page, 'Drain node');
    await expect(page.locator('[data-field="attention"]')).toContainText('Waits for you', { timeout: 30_000 });
    const address = new URL(page.url()).pathname;

    const handOver = card(page, 'operation.hand_over');
    await handOver.getByLabel('To').selectOption({ label: night.email });
    await handOver.getByRole('button').click();
    await isPage(page, 'operation');
    await expect(handOver.getByLabel('Note')).toHaveAccessibleDescription(/This is needed/);
    await handOver.getByLabel('Note').fill('It hangs in the driver; call the vendor before you evict.');
    await expect(handOver.getByLabel('To')).toHaveValue(night.email);
    await handOver.getByRole('button').click();
    await confirms(page);
    await opens(page, address);
    const handed = page.locator('[data-field="handed"]');
    await expect(handed).toContainText(`Handed to ${night.email}`);
    await expect(handed).toContainText('call the vendor before you evict');
    await expect(page.locator('[data-field="events"]')).toContainText(`handed it to ${night.email}`);
    await isAccessible(page);
    await screenshotEverywhere(page, 'operation-handed');
    await opens(page, '/platform/ops');
    await expect(page.locator('[data-field="needs_action"] [data-field="handed"]')).toContainText(`Handed to ${night.email} by ${admin.email}`);
    await screenshotEverywhere(page, 'ops-handed');

    await signIn(other, night);
    await opens(other, '/platform/ops');
    const yours = other.locator('[data-field="handed_to_you"]');
    await expect(yours).toContainText('Drain node: node-1');
    await isAccessible(other);
    await screenshotEverywhere(other, 'ops-handed-to-you');

    await api.sees(await api.starts('approval_policy.set', 'people:platform', { needs: 'destructive' }, 'confirmed'));
    await opens(other, address);
    const evict = (on: Page) => on.locator('form[data-choice="evict"]');
    await expect(evict(other)).toContainText('a second person has to choose it too');
    await evict(other).getByLabel('Why').fill('The vendor says so.');
    await evict(other).getByLabel(/^Type/).fill('node-2');
    await evict(other).getByRole('button', { name: 'Evict' }).click();
    await expect(other.locator('[data-problem="not_confirmed"]')).toBeVisible();
    await evict(other).getByLabel('Why').fill('The vendor says so.');
    await evict(other).getByLabel(/^Type/).fill('node-1');
    await evict(other).getByRole('button', { name: 'Evict' }).click();
    await expect(other.locator('[data-field="proposed"]')).toContainText('somebody else has to choose it too');
    await expect(evict(other)).toHaveCount(0);
    await isAccessible(other);
    await screenshotEverywhere(other, 'operation-choice-proposed');

    await opens(page, address);
    await expect(page.locator('[data-field="proposed"]')).toContainText(`${night.email} asked for it`);
    await evict(page).getByLabel('Why').fill('Agreed.');
    await evict(page).getByLabel(/^Type/).fill('node-1');
    await evict(page).getByRole('button', { name: 'Evict' }).click();
    await seesItSucceed(page);
    await expect(page.locator('[data-field="events"]')).toContainText(`as ${night.email} had: Agreed.`);
    await opens(other, '/platform/ops');
    await expect(yours, 'what went well needs nobody').toHaveCount(0);
  } finally {
    for (const context of contexts) await context.close();
    await slipway.stop();
  }
});

test('an administrator of a project says on the workbench what needs a second person', async ({ browser, slipway, api }) => {
  const admin = await slipway.person('project-admin', 'project_admin', 'starter');
  const context = await browser.newContext({ baseURL: slipway.url });
  const page = await context.newPage();
  const project = await api.project();
  try {
    await signIn(page, admin);
    await opens(page, '/workloads');
    const now = page.locator('[data-field="approval_now"]');
    await expect(now).toHaveText('Nothing needs it here.');
    await isAccessible(page);
    await screenshotEverywhere(page, 'workbench-approval');
    const policy = card(page, 'approval_policy.set');
    await policy.getByLabel('Needs').selectOption('destructive');
    await policy.getByRole('button').click();
    await confirms(page);
    await page.locator('[data-back]').click();
    await isPage(page, 'workbench');
    await expect(now).toContainText(`${admin.email} set that for this project`);
  } finally {
    await api.sees(await api.starts('approval_policy.set', `people:${project.id}`, { needs: 'nothing' }, 'confirmed'));
    await context.close();
  }
});
