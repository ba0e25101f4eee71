// What a person does with workloads, in the order in which they do it.
import { expect, type Locator, type Page } from '@playwright/test';

/** What is typed into the form of a launch. */
export interface Wanted {
  name: string;
  command: string;
  port?: number;
}

/** Fills in the form on the launch page, as it stands. */
export async function fillsInTheLaunch(page: Page, wanted: Wanted): Promise<void> {
  await page.getByRole('radio').first().check();
  await page.getByLabel('Name').fill(wanted.name);
  await page.getByLabel('Command', { exact: true }).fill(wanted.command);
  if (wanted.port !== undefined) await page.getByLabel('Port').fill(String(wanted.port));
}

/** Launches from the page: form, plan, start. Ends on the operation's page. */
export async function launches(page: Page, wanted: Wanted): Promise<void> {
  await page.goto('/compute/launch');
  await fillsInTheLaunch(page, wanted);
  await page.getByRole('button', { name: 'See the plan…' }).click();
  await startsThePlan(page, 'Launch compute');
}

/** On a plan's page: nothing is in the way, so it is started. Ends on the operation's page. */
export async function startsThePlan(page: Page, title: string): Promise<void> {
  await expect(page.locator('main')).toHaveAttribute('data-page', 'plan');
  await expect(page.locator('[data-field="blockers"]')).toHaveText('Nothing is in the way.');
  await page.getByRole('button', { name: new RegExp(`^${title}`) }).click();
  await expect(page.locator('main')).toHaveAttribute('data-page', 'operation');
}

/** The row of a workload on the page that is open. */
export function rowOf(page: Page, name: string): Locator {
  return page.locator('[data-workload]').filter({ has: page.getByRole('link', { name, exact: true }) });
}

/** The state in the header of the page of one thing. */
export function stateOf(page: Page): Locator {
  return page.locator('[data-field="header"] [data-state]').first();
}

/** The value of a fact in that header. */
export function fact(page: Page, name: string): Locator {
  return page.locator('[data-field="header"]').getByRole('definition').and(page.locator(`dt:text-is("${name}") + dd`));
}
