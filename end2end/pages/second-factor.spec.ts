// An authenticator app: set up by picture or text, asked for at sign-in and before something lets somebody in, and its way back.
import { createHmac } from 'node:crypto';
import type { Page } from '@playwright/test';
import { expect, test } from '../support/server.ts';
import { isPage } from '../words/contract.ts';
import { isInteractive, opens, signIn } from '../words/entrance.ts';
import { isAccessible, screenshotEverywhere } from '../words/looking.ts';
import { card, seesItSucceed } from '../words/operations.ts';

/** What an app shows: RFC 6238 with the secret as it is typed. `ahead` steps from now. */
function codeOf(secret: string, ahead = 0): string {
  const bits = [...secret.replaceAll(' ', '')].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'));
  const bytes = (bits.join('').match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const digest = createHmac('sha1', Buffer.from(bytes)).update(step).digest();
  const at = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(at) & 0x7fff_ffff) % 1_000_000).padStart(6, '0');
}

/** Confirms the plan that is open, with a code where one is asked for, and sees it carried out. */
async function confirms(page: Page, code?: string): Promise<void> {
  await isPage(page, 'plan');
  await isInteractive(page);
  if (code) await page.getByLabel('Code of your authenticator app').fill(code);
  await page.locator('[data-field="confirm"] button').click();
  await isPage(page, 'operation');
  await seesItSucceed(page);
}

test('an app is set up, asked for, got around with a recovery code, and removed', async ({ browser, page, slipway }) => {
  test.slow();
  const person = await slipway.person('own-second', 'viewer', 'starter');
  await signIn(page, person);
  await opens(page, '/account/security');
  await expect(page.locator('[data-field="protects"]')).toContainText('Whoever learns the password is in');
  await expect(page.locator('[data-field="run_next"]')).toContainText('Add authenticator app');
  await screenshotEverywhere(page, 'account-security-bare');
  await card(page, 'totp.add').getByRole('button').click();
  await isInteractive(page);
  await expect(page.getByRole('img', { name: 'QR code of the secret' })).toBeVisible();
  await isAccessible(page);
  await screenshotEverywhere(page, 'account-app-setting-up');
  const secret = (await page.locator('[data-field="enrolling"] code').innerText()).trim();
  const add = card(page, 'totp.add');
  await add.getByLabel('Code the app shows').fill('000000');
  await add.getByRole('button').click();
  await isInteractive(page);
  await expect(page.getByRole('alert')).toContainText('The code is not right');
  await add.getByLabel('Code the app shows').fill(codeOf(secret, -1));
  await add.getByRole('button').click();
  await expect(page.locator('main')).not.toContainText(secret);
  await confirms(page);

  await opens(page, '/account/security');
  const shown = page.locator('[data-field="recovery-codes"] code');
  const codes = (await shown.innerText()).trim().split('\n');
  expect(codes).toHaveLength(10);
  await isAccessible(page);
  await screenshotEverywhere(page, 'account-recovery-codes');

  const elsewhere = await browser.newContext({ baseURL: slipway.url, javaScriptEnabled: false });
  const other = await elsewhere.newPage();
  await other.goto('/sign-in?next=/account/security');
  await other.getByLabel('Email').fill(person.email);
  await other.getByLabel('Password').fill(person.password);
  await other.getByRole('button', { name: 'Sign in' }).click();
  await expect(other.getByRole('heading', { name: 'Second step' })).toBeVisible();
  await other.getByLabel('Code').fill('000000');
  await other.getByRole('button', { name: 'Sign in' }).click();
  await expect(other.getByRole('alert')).toContainText('not right');
  await screenshotEverywhere(other, 'sign-in-second-step');
  await other.getByLabel('Code').fill(codes[0] ?? '');
  await other.getByRole('button', { name: 'Sign in' }).click();
  await isPage(other, 'account_security');
  await expect(other.locator('[data-field="protects"]')).toContainText('9 recovery codes left');
  await expect(other.locator('[data-field="recovery-codes"]')).toHaveCount(0);
  await screenshotEverywhere(other, 'account-security-with-app');
  await elsewhere.close();

  await opens(page, '/account/security');
  await card(page, 'totp.remove').getByRole('button').click();
  await isPage(page, 'plan');
  await isInteractive(page);
  await expect(page.getByLabel('Your password, again')).toHaveCount(0);
  await screenshotEverywhere(page, 'account-plan-asks-for-code');
  await confirms(page, codeOf(secret, 1));
  await opens(page, '/account/security');
  await expect(page.locator('[data-field="protects"]')).toContainText('Missing');
});
