// How a person comes in.
import { expect, type Page } from '@playwright/test';
import type { Person } from '../support/slipway.ts';

/** Waits until the page is more than text: from here on clicks are heard by the program in it. */
export async function isInteractive(page: Page): Promise<void> {
  await expect(page.locator('html[data-hydrated]')).toBeAttached();
}

/** Signs in through the form and waits for the page that follows. */
export async function signIn(page: Page, person: Person): Promise<void> {
  await page.goto('/sign-in');
  await page.getByLabel('Email').fill(person.email);
  await page.getByLabel('Password').fill(person.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).not.toHaveURL(/\/sign-in/);
}
