// Passkeys, with Chromium's virtual authenticator: added, asked for after the password, alone and once more, and removed.
import type { BrowserContext, Page } from '@playwright/test';
import { expect, test } from '../support/server.ts';
import type { Person } from '../support/slipway.ts';
import { isPage } from '../words/contract.ts';
import { isInteractive, opens } from '../words/entrance.ts';
import { isAccessible, screenshotEverywhere } from '../words/looking.ts';
import { card, seesItSucceed } from '../words/operations.ts';

/** A phone or a key that always says yes, or one that nobody touches. */
async function hasAuthenticator(context: BrowserContext, page: Page): Promise<(answers: boolean) => Promise<unknown>> {
  const devtools = await context.newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return (answers) => devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: answers });
}

async function givesPassword(page: Page, person: Person): Promise<void> {
  await opens(page, '/sign-in?next=/account/security');
  await page.getByLabel('Email').fill(person.email);
  await page.getByLabel('Password').fill(person.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

async function signsOut(page: Page): Promise<void> {
  await page.context().clearCookies();
}

/** Confirms the plan that is open and sees it carried out. */
async function confirms(page: Page, withPasskey: boolean): Promise<void> {
  await isPage(page, 'plan');
  await isInteractive(page);
  if (withPasskey) await page.getByRole('button', { name: 'Go on with a passkey' }).click();
  else await page.locator('[data-field="confirm"] button[type="submit"]').click();
  await isPage(page, 'operation');
  await seesItSucceed(page);
}

test('a passkey is added, asked for, signs in by itself, and is removed', async ({ browser, slipway }) => {
  test.slow();
  const person = await slipway.person('own-passkey', 'viewer', 'starter');
  // Passkeys belong to a name, and 127.0.0.1 is none.
  const context = await browser.newContext({ baseURL: slipway.url.replace('127.0.0.1', 'localhost') });
  const page = await context.newPage();
  const touched = await hasAuthenticator(context, page);
  await givesPassword(page, person);
  await isPage(page, 'account_security');
  await isInteractive(page);
  const add = card(page, 'passkey.add');
  await touched(false);
  await add.getByLabel('Name').fill('phone');
  await add.getByRole('button', { name: 'Add passkey…' }).click();
  await expect(add.getByRole('alert')).toContainText('No passkey answered');
  await isAccessible(page);
  await screenshotEverywhere(page, 'account-passkey-not-answered');
  await touched(true);
  await add.getByRole('button', { name: 'Add passkey…' }).click();
  await confirms(page, false);
  await opens(page, '/account/security');
  await expect(page.locator('[data-field="passkeys"]')).toContainText('phone');
  const codes = (await page.locator('[data-field="recovery-codes"] code').innerText()).trim().split('\n');
  expect(codes).toHaveLength(10);
  await isAccessible(page);
  await screenshotEverywhere(page, 'account-passkey-added');

  const ofBefore = await context.cookies();
  await signsOut(page);
  await givesPassword(page, person);
  await expect(page.getByRole('heading', { name: 'Second step' })).toBeVisible();
  await isInteractive(page);
  await isAccessible(page);
  await screenshotEverywhere(page, 'sign-in-passkey-second-step');
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await isPage(page, 'account_security');
  await expect(page.locator('[data-passkey]')).toContainText('used');

  await signsOut(page);
  await opens(page, '/sign-in?next=/account/security');
  await screenshotEverywhere(page, 'sign-in-with-passkeys');
  await page.getByRole('button', { name: 'Use a passkey instead' }).click();
  await isPage(page, 'account_security');

  // Whatever was fresh before the first passkey was so by the password alone: that browser is asked once more.
  await signsOut(page);
  await context.addCookies(ofBefore);
  await opens(page, '/account/security');
  await page.locator('[data-passkey]').getByRole('button').click();
  await isPage(page, 'plan');
  await isInteractive(page);
  await expect(page.getByLabel('Your password, again')).toHaveCount(0);
  await isAccessible(page);
  await screenshotEverywhere(page, 'account-plan-asks-for-passkey');
  await confirms(page, true);
  await opens(page, '/account/security');
  await expect(page.locator('[data-field="protects"]')).toContainText('Whoever learns the password is in');
  await context.close();
});

test('without script the page says what a passkey needs, and the other ways stay', async ({ browser, slipway }) => {
  const context = await browser.newContext({ baseURL: slipway.url, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto('/sign-in');
  await expect(page.getByText('A passkey needs script in this browser')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
  await context.close();
});
