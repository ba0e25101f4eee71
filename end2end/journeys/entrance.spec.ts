// The door: before anything else works, this page loads and comes alive.
import { expect, test } from '../support/server.ts';
import { isInteractive } from '../words/entrance.ts';
import { isAccessible, screenshotEverywhere } from '../words/looking.ts';

test('the sign-in page loads, comes alive and the browser has nothing to complain about', async ({ page }) => {
  await page.goto('/sign-in');
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await isInteractive(page);
  await isAccessible(page);
  await screenshotEverywhere(page, 'sign-in');
});
