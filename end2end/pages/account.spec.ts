// What is one's own: a name and a landing page, a key, a token that is shown once and works, sessions elsewhere that end.
import type { Page } from '@playwright/test';
import { Api } from '../support/api.ts';
import { expect, test } from '../support/server.ts';
import { isPage } from '../words/contract.ts';
import { comesIn, isInteractive, opens, signIn } from '../words/entrance.ts';
import { isAccessible, screenshotEverywhere } from '../words/looking.ts';
import { card, seesItSucceed } from '../words/operations.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINqtL9J5fC367LBDn5U4a/0sjVVQo1sDQqCiDhu4/YgA ada@laptop';
const FINGERPRINT = 'SHA256:zs3aXkKa3+s3qop592Wqqt00ndlBFu2wt+8bWk3lClw';

/** Confirms the plan that is open and sees it carried out. */
async function confirms(page: Page): Promise<void> {
  await isPage(page, 'plan');
  await page.locator('[data-field="confirm"] button').click();
  await isPage(page, 'operation');
  await seesItSucceed(page);
}

test('a person chooses a name and where to land', async ({ page, slipway }) => {
  const person = await slipway.person('own-profile', 'operator');
  await signIn(page, person);
  await isPage(page, 'ops');
  await opens(page, '/account/profile');
  const update = card(page, 'profile.update');
  await update.getByLabel('Display name').fill('Ada of the machines');
  await update.getByLabel('Landing').selectOption('Workloads');
  await update.getByRole('button').click();
  await confirms(page);
  await page.locator('[data-back]').click();
  await isPage(page, 'account_profile');
  await expect(page.locator('[data-field="header"]')).toContainText('Ada of the machines');
  await page.goto('/');
  await isPage(page, 'workbench');
});

test('a key is added and removed; a wrong one comes back beside its field', async ({ page, slipway }) => {
  const person = await slipway.person('own-key', 'viewer', 'starter');
  await signIn(page, person);
  await opens(page, '/account/security');
  const add = card(page, 'ssh_key.add');
  await add.getByLabel('Name').fill('laptop');
  await add.getByLabel('Public key').fill('ssh-ed25519 nonsense');
  await add.getByRole('button').click();
  await isInteractive(page);
  await expect(add.getByLabel('Name')).toHaveValue('laptop');
  await expect(add.getByLabel('Public key')).toHaveAccessibleDescription(/no OpenSSH public key/);
  await add.getByLabel('Public key').fill(KEY);
  await add.getByRole('button').click();
  await confirms(page);
  await page.locator('[data-back]').click();
  await isPage(page, 'account_security');
  const row = page.locator('[data-ssh-key]');
  await expect(row).toContainText('laptop');
  await expect(row).toContainText(FINGERPRINT);
  await row.getByRole('button', { name: 'Remove' }).click();
  await confirms(page);
  await opens(page, '/account/security');
  await expect(page.locator('[data-ssh-key]')).toHaveCount(0);
});

test('a token is shown once, works, and is gone from the page with its first use', async ({ page, slipway }) => {
  const person = await slipway.person('own-token', 'operator');
  await signIn(page, person);
  await opens(page, '/account/security');
  const issue = card(page, 'token.issue');
  await issue.getByLabel('Name').fill('nightly');
  await issue.getByLabel('Scope').selectOption('Operate');
  await issue.getByRole('button').click();
  await confirms(page);
  await page.locator('[data-back]').click();
  await isPage(page, 'account_security');
  const shown = page.locator('[data-new-token="nightly"] code');
  await expect(shown).toHaveText(/^slw_/);
  await isAccessible(page);
  await screenshotEverywhere(page, 'account-new-token');
  const text = (await shown.innerText()).trim();
  const answer = await fetch(`${slipway.url}/api/v1/nodes`, { headers: { authorization: `Bearer ${text}` } });
  expect(answer.status).toBe(200);
  await opens(page, '/account/security');
  await expect(shown).toHaveCount(0);
  await expect(page.locator('[data-token]')).toContainText('used');
  await page.locator('[data-token]').getByRole('button', { name: 'Revoke' }).click();
  await confirms(page);
  const refused = await fetch(`${slipway.url}/api/v1/nodes`, { headers: { authorization: `Bearer ${text}` } });
  expect(refused.status).toBe(401);
});

test('all other sessions end, and the one that asked stays', async ({ browser, page, slipway }) => {
  const person = await slipway.person('own-sessions', 'viewer', 'starter');
  await signIn(page, person);
  const elsewhere = await browser.newContext({ baseURL: slipway.url });
  const other = await elsewhere.newPage();
  await signIn(other, person);
  await opens(page, '/account/sessions');
  await expect(page.locator('[data-session]')).toHaveCount(2);
  await expect(page.locator('[data-session]').filter({ hasText: 'This browser' })).toHaveCount(1);
  await isAccessible(page);
  await screenshotEverywhere(page, 'account-sessions-two');
  await page.getByRole('button', { name: 'End all other sessions…' }).click();
  await confirms(page);
  await other.goto('/workloads');
  await isPage(other, 'sign_in');
  await elsewhere.close();
  await opens(page, '/account/sessions');
  await expect(page.locator('[data-session]')).toHaveCount(1);
});

test('a new password signs in, the one from before does not, and other browsers are signed out', async ({
  browser,
  page,
  slipway,
}) => {
  const person = await slipway.person('own-password', 'viewer', 'starter');
  await signIn(page, person);
  const elsewhere = await browser.newContext({ baseURL: slipway.url });
  const other = await elsewhere.newPage();
  await signIn(other, person);
  await opens(page, '/account/security');
  const change = card(page, 'password.change');
  await change.getByLabel('Present password').fill(person.password);
  await change.getByLabel('New password').fill('password1234');
  await change.getByRole('button').click();
  await isInteractive(page);
  await expect(page.getByRole('alert')).toContainText('among the first that are guessed');
  await screenshotEverywhere(page, 'account-password-refused');
  const password = 'four words and a canary';
  await change.getByLabel('Present password').fill(person.password);
  await change.getByLabel('New password').fill(password);
  await change.getByRole('button').click();
  await isPage(page, 'plan');
  await expect(page.locator('main')).toContainText('that session ends');
  await expect(page.locator('main')).not.toContainText('canary');
  await screenshotEverywhere(page, 'account-password-plan');
  await confirms(page);
  await expect(page.locator('main')).not.toContainText('canary');
  await other.goto('/workloads');
  await isPage(other, 'sign_in');
  await signIn(other, { ...person, password });
  await elsewhere.close();
  await opens(page, '/account/security');
  await expect(page.locator('[data-field="protects"]')).toContainText('set');
});

test("somebody else's account is not there, also for an administrator", async ({ page, slipway, admin, api }) => {
  const theirs = await Api.as(slipway, await slipway.person('own-other', 'viewer', 'starter'));
  const { end } = await theirs.reads<{ end: { target: { id: string } } }>('/account/sessions');
  const plan = { operation: 'profile.update', target: `user:${end.target.id}`, input: { display_name: 'Mine' } };
  expect((await api.asks('POST', '/api/v1/operations/plan', plan))[0]).toBe(404);
  expect((await theirs.asks('POST', '/api/v1/operations/plan', plan))[0]).toBe(200);
  await comesIn(page, slipway.url, admin);
  await opens(page, '/workloads');
  await page.locator('[data-nav="account"]').click();
  await isPage(page, 'account_profile');
});
