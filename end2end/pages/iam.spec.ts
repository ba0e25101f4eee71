// Inviting: a link that is shown once, lets one person in once with the role it says, and says honestly when it does not.
import type { Page } from '@playwright/test';
import { Api } from '../support/api.ts';
import { expect, test } from '../support/server.ts';
import { isPage } from '../words/contract.ts';
import { comesIn, isInteractive, opens, signIn } from '../words/entrance.ts';
import { isAccessible, screenshotEverywhere } from '../words/looking.ts';
import { card, seesItSucceed } from '../words/operations.ts';

const PASSWORD = 'seven green bottles hang';

/** Invites from the page, and returns the path of the link. */
async function invites(page: Page, email: string, role: string, where: string): Promise<string> {
  await opens(page, '/platform/iam/users');
  const invite = card(page, 'user.invite');
  await invite.getByLabel('Email').fill(email);
  await invite.getByLabel('Role').selectOption(role);
  await invite.getByLabel('Where').selectOption({ label: where });
  await invite.getByRole('button').click();
  await isPage(page, 'plan');
  await page.locator('[data-field="confirm"] button').click();
  await isPage(page, 'operation');
  await seesItSucceed(page);
  await page.locator('[data-back]').click();
  await isPage(page, 'iam_users');
  return (await page.locator(`[data-new-invitation="${email}"] code`).innerText()).trim();
}

test('somebody is invited, comes in once with their own password, and has the role', async ({ browser, page, slipway, admin }) => {
  await comesIn(page, slipway.url, admin);
  const link = await invites(page, 'invited@example.test', 'member', 'starter');
  expect(link).toMatch(/^\/invite\/[\w-]{43}$/);
  await isAccessible(page);
  await screenshotEverywhere(page, 'iam-users-new-link');

  const context = await browser.newContext({ baseURL: slipway.url });
  const theirs = await context.newPage();
  await opens(theirs, link);
  await expect(theirs.locator('main')).toContainText('admin@example.test invites invited@example.test as member on starter');
  await isAccessible(theirs);
  await screenshotEverywhere(theirs, 'invitation-open');
  await theirs.getByLabel('Your name').fill('Grace');
  await theirs.getByLabel('A new password').fill('short');
  await theirs.getByRole('button', { name: 'Come in' }).click();
  await isInteractive(theirs);
  await expect(theirs.getByLabel('Your name')).toHaveValue('Grace');
  await expect(theirs.getByLabel('A new password')).toHaveAccessibleDescription(/at least 12/i);
  await theirs.getByLabel('A new password').fill(PASSWORD);
  await theirs.getByRole('button', { name: 'Come in' }).click();
  await isPage(theirs, 'workbench');
  await context.close();

  // Not again, not even for who has the link.
  const again = await browser.newContext({ baseURL: slipway.url });
  const late = await again.newPage();
  await late.goto(link);
  await expect(late.locator('[data-field="problem"]')).toContainText('This invitation was used already.');
  await expect(late.getByRole('button', { name: 'Come in' })).toHaveCount(0);
  await signIn(late, { email: 'invited@example.test', password: PASSWORD });
  await isPage(late, 'workbench');
  await again.close();
  await opens(page, '/platform/iam/users');
  await expect(page.locator('[data-new-invitation="invited@example.test"]')).toHaveCount(0);
  await expect(page.locator('[data-person]').filter({ hasText: 'invited@example.test' })).toContainText('member on starter');
});

test('a revoked link and a forged one say so', async ({ browser, page, slipway, admin }) => {
  await comesIn(page, slipway.url, admin);
  const link = await invites(page, 'unwanted@example.test', 'operator', 'the platform');
  await page.locator('[data-invitation]').filter({ hasText: 'unwanted@example.test' }).getByRole('button').click();
  await isPage(page, 'plan');
  await page.locator('[data-field="confirm"] button').click();
  await isPage(page, 'operation');
  await seesItSucceed(page);
  const context = await browser.newContext({ baseURL: slipway.url, javaScriptEnabled: false });
  const theirs = await context.newPage();
  await theirs.goto(link);
  await expect(theirs.locator('[data-field="problem"]')).toContainText('This invitation was taken back.');
  await theirs.goto(`${link.slice(0, -4)}AAAA`);
  await expect(theirs.locator('[data-field="problem"]')).toContainText('There is no such invitation.');
  await context.close();
});

test('who has an account takes the role from their own session only', async ({ browser, page, slipway, admin }) => {
  const known = await slipway.person('invited-known', 'viewer', 'starter');
  await comesIn(page, slipway.url, admin);
  const link = await invites(page, known.email, 'auditor', 'the platform');
  const context = await browser.newContext({ baseURL: slipway.url });
  const theirs = await context.newPage();
  await opens(theirs, link);
  await theirs.getByLabel('Your name').fill('Not them');
  await theirs.getByLabel('A new password').fill(PASSWORD);
  await theirs.getByRole('button', { name: 'Come in' }).click();
  await expect(theirs.locator('[data-field="problem"]')).toContainText('sign in first');
  await theirs.getByRole('link', { name: 'Sign in' }).click();
  await theirs.getByLabel('Email').fill(known.email);
  await theirs.getByLabel('Password').fill(known.password);
  await theirs.getByRole('button', { name: 'Sign in' }).click();
  await theirs.getByRole('button', { name: 'Take the role' }).click();
  await isPage(theirs, 'workbench');
  await expect(theirs.locator('[data-nav="iam"]')).toBeVisible();
  await context.close();
});

test('an operator is told that the people are not theirs to see', async ({ slipway }) => {
  const operator = await Api.as(slipway, await slipway.person('iam-operator', 'operator'));
  expect((await operator.asks('GET', '/platform/iam/users'))[0]).toBe(403);
  const plan = { operation: 'user.invite', target: 'people:platform', input: { email: 'a@b.example', role: 'operator', days: 1 } };
  expect((await operator.asks('POST', '/api/v1/operations/plan', plan))[0]).toBe(403);
});
