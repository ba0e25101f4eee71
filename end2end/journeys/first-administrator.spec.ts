// J1, its beginning: an empty Slipway, the one-time link, the first administrator.
import { Slipway } from '../support/slipway.ts';
import { expect, test as base } from '../support/server.ts';
import { isPage } from '../words/contract.ts';
import { isAccessible, screenshotEverywhere } from '../words/looking.ts';

/** A Slipway that nobody has been in. */
const test = base.extend<{ empty: Slipway }>({
  empty: async ({ database, page }, use) => {
    const empty = await Slipway.startEmpty(database);
    await use(empty);
    // A page that is open would miss its server, and say so.
    await page.close();
    await empty.stop();
  },
});

test('the one-time link makes the first administrator, once', async ({ page, empty }) => {
  const link = (await empty.admin(['bootstrap-link'])).match(/https?:\S+/)?.[0] ?? '';
  expect(new URL(link).origin).toBe(empty.url);

  await page.goto(`${empty.url}/`);
  await isPage(page, 'sign_in');
  await expect(page.locator('[data-field="problem"]')).toContainText('There is no administrator yet');

  await page.goto(link);
  await isPage(page, 'first_administrator');
  await screenshotEverywhere(page, 'first-administrator-link');
  await page.getByLabel('Email').fill('first@example.test');
  await page.getByLabel('Password').fill('password1234');
  await page.getByRole('button', { name: 'Make the administrator' }).click();
  await expect(page.getByLabel('Password')).toHaveAccessibleDescription(/on the lists attackers try first/);
  await expect(page.getByLabel('Email')).toHaveValue('first@example.test');
  await isAccessible(page);

  await page.getByLabel('Password').fill('a sentence nobody else would say');
  await page.getByRole('button', { name: 'Make the administrator' }).click();
  await expect(page).toHaveURL(`${empty.url}/platform/ops`);
  await isPage(page, 'ops');
  await expect(page.locator('[data-field="certificates"]')).toContainText('No machine has come in yet');
  await isAccessible(page);
  await screenshotEverywhere(page, 'ops-empty');
  await page.getByRole('link', { name: 'Bring one in' }).click();
  await isPage(page, 'onboardings');
  await expect(page.locator('[data-field="unfinished"]')).toContainText('No machine is being brought in');
  await isAccessible(page);
  await screenshotEverywhere(page, 'onboardings-empty');
  await page.locator('[data-back]').click();
  await isPage(page, 'nodes');
  await expect(page.locator('[data-field="nodes"]')).toContainText('No machine has come in yet');
  await screenshotEverywhere(page, 'nodes-empty');

  await page.context().clearCookies();
  await page.goto(link);
  await expect(page.locator('[data-field="problem"]')).toContainText('An administrator exists');
  await expect(page.getByRole('button', { name: 'Make the administrator' })).toHaveCount(0);
  await expect(empty.admin(['bootstrap-link'])).rejects.toThrow(/administrator/);
});

test('a wrong password is told with a sentence, and the page wanted is not forgotten', async ({ page, admin }) => {
  await page.goto('/sign-in?next=/workloads');
  await page.getByLabel('Email').fill(admin.email);
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toHaveText(/do not belong together/);
  await page.getByLabel('Email').fill(admin.email);
  await page.getByLabel('Password').fill(admin.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await isPage(page, 'workbench');
});
