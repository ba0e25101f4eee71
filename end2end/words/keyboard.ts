// Moving with the keyboard.
import { expect, type Locator, type Page } from '@playwright/test';

/** No page has so many stops that one has to press Tab more often. */
const FARTHEST = 80;

/** Presses Tab until it is focused, and sees that the focus is drawn. */
export async function tabsTo(page: Page, wanted: Locator): Promise<void> {
  await expect(wanted).toBeVisible();
  for (let stop = 0; stop < FARTHEST; stop += 1) {
    await page.keyboard.press('Tab');
    if (await wanted.evaluate((element) => element === document.activeElement)) return seesTheFocus(wanted);
  }
  throw new Error(`${wanted} was not reached with ${FARTHEST} presses of Tab`);
}

/** Presses a key and waits for the page it leads to. */
export async function presses(page: Page, key: string, leadsTo: string): Promise<void> {
  await page.keyboard.press(key);
  await expect(page.locator('main')).toHaveAttribute('data-page', leadsTo);
}

/** There is an outline, or a shadow in its place, and it is wide enough to be seen. */
async function seesTheFocus(focused: Locator): Promise<void> {
  const drawn = await focused.evaluate((element) => {
    const style = getComputedStyle(element);
    const outline = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    return outline || style.boxShadow !== 'none';
  });
  expect(drawn, `the focus on ${focused} is drawn`).toBe(true);
  await expect(focused).toBeInViewport();
}
