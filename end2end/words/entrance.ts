// How a person comes in.
import { expect, type Page } from '@playwright/test';
import type { Person } from '../support/slipway.ts';

type Cookies = Awaited<ReturnType<ReturnType<Page['context']>['cookies']>>;

/** Who has signed in already, by address and person: signing in is tested once and costs a slow hash each time. */
const sessions = new Map<string, { cookies: Cookies; since: number }>();

/** For so long a session is taken up again: one older than five minutes is asked for the password before it lets somebody in or destroys. */
const TAKEN_UP_FOR_MS = 120_000;

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

/** Is signed in: through the form the first time, with the session of that time afterwards. */
export async function comesIn(page: Page, baseURL: string | undefined, person: Person): Promise<void> {
  const key = `${baseURL} ${person.email}`;
  const known = sessions.get(key);
  const since = Date.now();
  if (known && since - known.since < TAKEN_UP_FOR_MS) return page.context().addCookies(known.cookies);
  await signIn(page, person);
  sessions.set(key, { cookies: await page.context().cookies(), since });
}

/** Opens a page and waits until it is interactive. */
export async function opens(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await isInteractive(page);
}
