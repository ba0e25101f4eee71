// A whole journey with the keyboard only: every stop can be seen, and nothing needs a mouse.
import { freePort } from '../support/processes.ts';
import { expect, test } from '../support/server.ts';
import { isInteractive } from '../words/entrance.ts';
import { presses, tabsTo } from '../words/keyboard.ts';
import { seesItSucceed } from '../words/operations.ts';

test('sign in, launch, look at the plan and start it, with the keyboard only', async ({ page, admin, api }) => {
  const port = await freePort();
  await page.goto('/sign-in');
  await isInteractive(page);
  await tabsTo(page, page.getByLabel('Email'));
  await page.keyboard.type(admin.email);
  await tabsTo(page, page.getByLabel('Password'));
  await page.keyboard.type(admin.password);
  await presses(page, 'Enter', 'ops');

  await tabsTo(page, page.locator('[data-nav="workloads"]'));
  await presses(page, 'Enter', 'workbench');
  await tabsTo(page, page.getByRole('link', { name: 'Launch compute' }).first());
  await presses(page, 'Enter', 'launch_compute');

  await tabsTo(page, page.getByRole('radio').first());
  await page.keyboard.press('Space');
  await tabsTo(page, page.getByLabel('Name'));
  await page.keyboard.type('typed');
  await tabsTo(page, page.getByLabel('Command', { exact: true }));
  await page.keyboard.type(`python3 -u -m http.server ${port}`);
  await tabsTo(page, page.getByLabel('Port'));
  await page.keyboard.type(String(port));
  await tabsTo(page, page.getByRole('button', { name: 'See the plan…' }));
  await presses(page, 'Enter', 'plan');

  await tabsTo(page, page.getByRole('button', { name: /^Launch compute/ }));
  await presses(page, 'Space', 'operation');
  await seesItSucceed(page);
  const [launched] = (await api.items<{ id: string; name: string; state: string }>('/workloads')).filter(({ name }) => name === 'typed');
  if (!launched) throw new Error('nothing named typed was launched');
  expect(launched.state).toBe('running');
  await api.releases(launched);
});

test('the first stop skips the bar and the rail', async ({ page, admin }) => {
  await page.goto('/sign-in?next=/workloads');
  await page.getByLabel('Email').fill(admin.email);
  await page.getByLabel('Password').fill(admin.password);
  await page.keyboard.press('Enter');
  await expect(page.locator('main')).toHaveAttribute('data-page', 'workbench');
  await isInteractive(page);
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to the page' })).toBeFocused();
  await expect(page.getByRole('link', { name: 'Skip to the page' })).toBeInViewport();
  await page.keyboard.press('Enter');
  await expect(page.locator('main')).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.locator('main').locator(':focus')).toHaveCount(1);
});

test('the menus open and close with the keyboard', async ({ page, admin }) => {
  await page.goto('/sign-in');
  await page.getByLabel('Email').fill(admin.email);
  await page.getByLabel('Password').fill(admin.password);
  await page.keyboard.press('Enter');
  await expect(page.locator('main')).toHaveAttribute('data-page', 'ops');
  await tabsTo(page, page.getByRole('button', { name: /^Account/ }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeHidden();
  await page.keyboard.press('Enter');
  await tabsTo(page, page.getByRole('button', { name: 'Sign out' }));
  await presses(page, 'Enter', 'sign_in');
});
