// Looking at a page: pictures of it, and what axe finds.
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';

const PICTURES = 'results/screens';
const DESKTOP = { width: 1280, height: 800 };
const NARROW = { width: 320, height: 640 };

/** Pictures of the whole page in light, in dark and 320 px wide, kept as `results/screens/<name>-….png`. */
export async function screenshotEverywhere(page: Page, name: string): Promise<void> {
  const picture = (kind: string) => ({
    path: `${PICTURES}/${test.info().project.name}/${name}-${kind}.png`,
    fullPage: true,
    animations: 'disabled' as const,
  });
  await page.setViewportSize(DESKTOP);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.screenshot(picture('dark'));
  await page.emulateMedia({ colorScheme: 'light' });
  await page.screenshot(picture('light'));
  await page.setViewportSize(NARROW);
  await page.screenshot(picture('narrow'));
  await fitsItsWidth(page);
  await page.setViewportSize(DESKTOP);
}

/** Nothing sticks out to the side: a page scrolls down only. */
export async function fitsItsWidth(page: Page): Promise<void> {
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(beyond, 'pixels the page is wider than the window').toBeLessThanOrEqual(0);
}

/** axe finds nothing, in light and in dark. */
export async function isAccessible(page: Page): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await new AxeBuilder({ page }).analyze();
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
    expect(found, `axe in ${colorScheme}`).toEqual([]);
  }
}

/** The page as a screen reader meets it has not changed: `contract/aria/<name>.aria.yml`. */
export async function readsAsBefore(page: Page, name: string): Promise<void> {
  await expect(page.locator('main')).toMatchAriaSnapshot({ name: `${name.replaceAll('_', '-')}.aria.yml` });
}
