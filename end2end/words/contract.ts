// The navigation contract in a rendered page: its place, and an answer to each of the five questions.
import { expect, type Page } from '@playwright/test';

/** A row of `slipway routes --json`. */
export interface Route {
  id: string;
  path: string;
  family: string;
  roles: string[];
  back: string | null;
  local_nav: string | null;
  read_model: string;
  answers: Record<'active' | 'needs_action' | 'ignorable' | 'next' | 'evidence', string>;
}

/** Which page this is. */
export async function isPage(page: Page, id: string): Promise<void> {
  await expect(page.locator('main')).toHaveAttribute('data-page', id);
}

/** A field that answers a question: there, visible, and saying something. */
export async function answersTheFiveQuestions(page: Page, route: Route): Promise<void> {
  for (const [question, field] of Object.entries(route.answers)) {
    const answer = page.locator(`main [data-field="${field}"]`).first();
    await expect(answer, `${route.id}: ${question} is answered by ${field}`).toBeVisible();
    await expect(answer, `${route.id}: ${question} is answered by ${field}`).toHaveText(/\S/);
  }
}

/** Rail, local nav and back link, as the contract says. */
export async function standsInItsPlace(page: Page, route: Route, ids: { id: string; back?: string }): Promise<void> {
  const here = page.locator('[data-nav][aria-current="page"]');
  if (['entrance', 'find', 'operations'].includes(route.family)) await expect(here).toHaveCount(0);
  else await expect(here).toHaveAttribute('data-nav', route.family);
  if (route.local_nav !== null) {
    const tab = page.locator(`[data-local-nav="${route.id}"]`);
    await expect(tab).toHaveText(route.local_nav);
    await expect(tab).toHaveAttribute('aria-current', 'page');
    await expect(tab).toHaveAttribute('href', route.path.replace(':id', ids.id));
  }
  const back = page.locator('[data-back]');
  if (route.back === null) await expect(back).toHaveCount(0);
  else await expect(back).toHaveAttribute('href', route.back === ':kind/:id' ? (ids.back ?? '') : route.back);
}

/** What a person reads: headings, states and links. Times and ways that need a script are left out. */
export async function whatIsRead(page: Page): Promise<{ headings: string[]; states: string[]; links: string[] }> {
  const main = page.locator('main');
  const words = (text: string) => text.replace(/\s+/g, ' ').replace(/ · .*$/, '').trim();
  const headings = (await main.getByRole('heading').allInnerTexts()).map(words);
  const states = await main.locator('[data-state]').evaluateAll((all) => all.map((one) => one.getAttribute('data-state') ?? ''));
  const links = await main.getByRole('link').evaluateAll((all) => all.map((one) => one.getAttribute('href') ?? ''));
  return { headings, states, links };
}
