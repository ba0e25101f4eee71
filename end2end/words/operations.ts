// What a person sees and decides on the page of an operation.
import { expect, type Locator, type Page } from '@playwright/test';
import { stateOf } from './workloads.ts';

/** The operation has ended well, and every step of it was seen. It is watched, not asked again by hand. */
export async function seesItSucceed(page: Page): Promise<void> {
  await expect(stateOf(page)).toHaveAttribute('data-state', 'succeeded', { timeout: 45_000 });
  const states = await steps(page).locator('[data-state]').evaluateAll((all) => all.map((one) => one.getAttribute('data-state')));
  expect(states.length).toBeGreaterThan(0);
  for (const state of states) expect(['observed', 'skipped']).toContain(state);
}

/** The steps of the operation. */
export function steps(page: Page): Locator {
  return page.locator('main li[data-step]');
}

/** The operation asks a person, and offers exactly these choices. */
export async function isAsked(page: Page, choices: string[]): Promise<void> {
  await expect(page.locator('[data-field="attention"]')).toContainText('Waits for you', { timeout: 30_000 });
  const buttons = page.locator('[data-field="choices"]').getByRole('button');
  await expect(buttons).toHaveText(choices);
}

/** Decides, with a reason for the audit. */
export async function decides(page: Page, choice: string, reason: string): Promise<void> {
  const form = page.locator('[data-field="choices"] form').filter({ has: page.getByRole('button', { name: choice, exact: true }) });
  await form.getByLabel('Why').fill(reason);
  // What destroys something is confirmed by the target's name.
  const named = form.locator('input[name="confirmation"]');
  if ((await named.count()) > 0) await named.fill(await form.locator('label strong').innerText());
  await form.getByRole('button', { name: choice, exact: true }).click();
  await expect(page.locator('main')).toHaveAttribute('data-page', 'operation');
  await expect(page.locator('[data-field="events"]')).toContainText(reason);
}

/** The card of an operation on the page that is open. */
export function card(page: Page, operation: string): Locator {
  return page.locator(`[data-operation="${operation}"]`);
}
