// Find and go: the palette with the keyboard only, jumping by name, id, IP and MAC, the map of keys, saved views.
import type { Page } from '@playwright/test';
import { Api } from '../support/api.ts';
import { expect, test } from '../support/server.ts';
import { isPage } from '../words/contract.ts';
import { comesIn, isInteractive, opens, signIn } from '../words/entrance.ts';
import { presses, tabsTo } from '../words/keyboard.ts';
import { isAccessible, screenshotEverywhere } from '../words/looking.ts';
import { card, seesItSucceed } from '../words/operations.ts';

const palette = (page: Page) => page.getByRole('dialog', { name: 'Find anything, or run an operation' });
const words = (page: Page) => palette(page).getByRole('combobox');
const chosen = (page: Page) => palette(page).getByRole('option', { selected: true });

/** Opens the palette with the keyboard and writes. */
async function looksFor(page: Page, text: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await expect(words(page)).toBeFocused();
  await page.keyboard.type(text);
}

test('with the keyboard only: an operation is found, chosen with the arrows and gone to', async ({ page, slipway, admin }) => {
  await comesIn(page, slipway.url, admin);
  await opens(page, '/workloads');
  await tabsTo(page, page.getByRole('button', { name: /^Find anything/ }));
  await page.keyboard.press('Enter');
  await expect(palette(page)).toBeVisible();
  await expect(words(page)).toBeFocused();
  await page.keyboard.type('issue');
  await expect(words(page)).toHaveAttribute('aria-expanded', 'true');
  await expect(chosen(page)).toContainText(/Issue/);
  const first = await words(page).getAttribute('aria-activedescendant');
  await page.keyboard.press('ArrowDown');
  await expect(chosen(page)).not.toHaveId(first ?? '');
  await expect(words(page)).toHaveAttribute('aria-activedescendant', (await chosen(page).getAttribute('id')) ?? '');
  await page.keyboard.press('ArrowUp');
  await expect(chosen(page)).toHaveId(first ?? '');
  await isAccessible(page);
  await page.keyboard.press('Escape');
  await expect(palette(page)).toBeHidden();
  await expect(page.getByRole('button', { name: /^Find anything/ })).toBeFocused();
});

test('an operation on a named node leads to its card on that node', async ({ page, slipway, admin, api }) => {
  const node = await api.node('node-1');
  await comesIn(page, slipway.url, admin);
  await opens(page, '/workloads');
  await looksFor(page, 'drain node-1');
  await expect(chosen(page)).toContainText('Drain node on node-1');
  await presses(page, 'Enter', 'node_operations');
  expect(new URL(page.url()).pathname).toBe(`/platform/nodes/${node.id}/operations`);
  await expect(card(page, 'node.drain')).toBeInViewport();
  await isInteractive(page);
  // On the page of a node, what is found is meant for it.
  await looksFor(page, 'resume');
  await expect(chosen(page)).toContainText('Resume node on node-1');
});

test('a node is jumped to by its name, the end of its id, its IP and its hardware address', async ({ page, slipway, admin, api }) => {
  const node = await api.node('node-1');
  const { inventory } = await api.reads<{ inventory: { name: string; value: string | null }[] }>(`/nodes/${node.id}`);
  const said = inventory.find(({ name }) => name === 'Interfaces')?.value ?? '';
  const mac = /([0-9a-f]{2}:){5}[0-9a-f]{2}/.exec(said)?.[0];
  const ip = /\d+\.\d+\.\d+\.\d+/.exec(said)?.[0] ?? inventory.find(({ name }) => name === 'Addresses')?.value?.split(', ')[0];
  const known = ['node-1', node.id, `…${node.id.slice(-6)}`, ip, mac?.replaceAll(':', '-').toUpperCase()];
  await comesIn(page, slipway.url, admin);
  expect(known.filter(Boolean).length, said).toBeGreaterThan(2);
  for (const text of known.filter((one) => one !== undefined)) {
    await opens(page, '/workloads');
    await looksFor(page, text);
    const option = palette(page).getByRole('option', { name: /^Node node-1/ });
    await expect(option, text).toBeVisible();
    while (!(await option.evaluate((one) => one.getAttribute('aria-selected') === 'true'))) await page.keyboard.press('ArrowDown');
    await presses(page, 'Enter', 'node');
  }
});

test('what is typed and what is not found is said, and the palette looks right everywhere', async ({ page, slipway, admin }) => {
  await comesIn(page, slipway.url, admin);
  await opens(page, '/workloads');
  await looksFor(page, 'no');
  await expect(chosen(page)).toBeVisible();
  await isAccessible(page);
  await screenshotEverywhere(page, 'palette');
  await words(page).fill('nothing-is-called-so');
  await expect(palette(page).getByRole('status')).toContainText('Nothing that you may see or do is called so.');
  await expect(words(page)).toHaveAttribute('aria-expanded', 'false');
});

test("a tenant finds their own things and nobody else's", async ({ page, slipway, api }) => {
  const own = await api.launches('findable', ['sleep', '600']);
  await slipway.admin(['starter', '--project', 'the-others']);
  const stranger = await slipway.person('find-stranger', 'member', 'the-others');
  const theirs = await Api.as(slipway, stranger, 'read');
  for (const text of ['findable', own.id, own.id.slice(-6), 'indab', 'node-1']) {
    const found = await theirs.reads<{ resources: unknown[] }>(`/find?q=${encodeURIComponent(text)}`);
    expect(found.resources, text).toEqual([]);
  }
  const mine = await api.reads<{ resources: { title: string }[] }>('/find?q=indab');
  expect(mine.resources.map(({ title }) => title)).toEqual(['findable']);
  await signIn(page, stranger);
  await opens(page, '/workloads');
  await looksFor(page, 'node');
  await expect(palette(page).getByRole('status')).toContainText(/called so/);
  await page.keyboard.press('Escape');
  await api.releases(own);
});

test('without script the same is a page', async ({ browser, page, slipway, admin }) => {
  await comesIn(page, slipway.url, admin);
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: slipway.url });
  await context.addCookies(await page.context().cookies());
  const plain = await context.newPage();
  await plain.goto('/workloads');
  await plain.getByRole('button', { name: /^Find anything/ }).click();
  await isPage(plain, 'find');
  await plain.getByRole('textbox').fill('drain node-1');
  await plain.getByRole('button', { name: 'Find', exact: true }).click();
  await expect(plain).toHaveURL(/\/find\?q=drain\+node-1/);
  await plain.getByRole('link', { name: /Drain node on node-1/ }).click();
  await isPage(plain, 'node_operations');
  await context.close();
  await opens(page, '/find?q=node');
  await isAccessible(page);
  await screenshotEverywhere(page, 'find-node');
});

test('the map is under ?, its keys do what it says, and single keys can be switched off', async ({ page, slipway, admin }) => {
  await comesIn(page, slipway.url, admin);
  await opens(page, '/workloads');
  await page.keyboard.press('?');
  const map = page.getByRole('dialog', { name: 'Keyboard' });
  await expect(map).toBeVisible();
  const keys = await map.locator('[data-key]').evaluateAll((all) => all.map((one) => one.getAttribute('data-key') ?? ''));
  expect(keys).toEqual(expect.arrayContaining(['k', '/', '?', 'g w', 'g l']));
  await isAccessible(page);
  await screenshotEverywhere(page, 'keyboard-map');
  await page.keyboard.press('Escape');
  await expect(map).toBeHidden();
  const leads: Record<string, string> = { 'g o': 'ops', 'g l': 'nodes', 'g c': 'compute', 'g a': 'account_profile', 'g w': 'workbench' };
  for (const [pair, leadsTo] of Object.entries(leads)) {
    await page.keyboard.press(pair[0] ?? '');
    await presses(page, pair[2] ?? '', leadsTo);
  }
  // The list comes after the page: before it is there, / finds.
  await expect(page.locator('[data-filter]')).toBeVisible();
  await page.keyboard.press('/');
  await expect(page.locator('[data-filter] :focus')).toHaveCount(1);
  // Whoever writes is left alone.
  await opens(page, '/compute/launch');
  await page.getByLabel('Name').fill('');
  await page.getByLabel('Name').pressSequentially('g?w/');
  await expect(page.getByLabel('Name')).toHaveValue('g?w/');
  await expect(map).toBeHidden();
  await isPage(page, 'launch_compute');
  // Off and on again, from the profile.
  await opens(page, '/account/profile');
  await page.getByRole('main').getByRole('button', { name: 'Switch single keys off' }).click();
  await isInteractive(page);
  await page.keyboard.press('?');
  await page.keyboard.press('g');
  await page.keyboard.press('w');
  await expect(map).toBeHidden();
  await isPage(page, 'account_profile');
  await page.keyboard.press('Control+k');
  await expect(palette(page)).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('main').getByRole('button', { name: 'Switch single keys on' }).click();
  await isInteractive(page);
  await page.keyboard.press('?');
  await expect(map).toBeVisible();
});

test('a view of a list is saved, opened, renamed and deleted', async ({ page, slipway }) => {
  await signIn(page, await slipway.person('view-keeper', 'viewer', 'starter'));
  const confirms = async () => {
    await isPage(page, 'plan');
    await page.locator('[data-field="confirm"] button').click();
    await isPage(page, 'operation');
    await seesItSucceed(page);
    await page.locator('[data-back]').click();
    await isPage(page, 'workbench');
  };
  const views = page.getByRole('navigation', { name: 'Saved views' });
  await opens(page, '/workloads?view=history');
  await views.getByText('Save this view').click();
  await views.getByLabel('Name of the view').fill('What is over');
  await views.getByRole('button', { name: 'Save view…' }).click();
  await confirms();
  await views.getByRole('link', { name: 'What is over' }).click();
  await expect(page).toHaveURL(/\/workloads\?view=history$/);
  await expect(views.getByRole('link', { name: 'What is over' })).toHaveAttribute('aria-current', 'true');
  await expect(views.getByText('Save this view')).toHaveCount(0);
  await views.getByText('Rename or delete').click();
  await isAccessible(page);
  await screenshotEverywhere(page, 'saved-views');
  await views.getByLabel('Name of What is over').fill('Over');
  await views.getByRole('button', { name: 'Rename… What is over' }).click();
  await confirms();
  await expect(views.getByRole('link', { name: 'Over' })).toBeVisible();
  await views.getByText('Rename or delete').click();
  await views.getByRole('button', { name: 'Delete… Over' }).click();
  await confirms();
  await expect(views.getByRole('link')).toHaveCount(0);
});
