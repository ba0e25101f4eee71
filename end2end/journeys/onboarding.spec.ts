// J1: first start → administrator → onboarding wizard → enrol this machine, with attempts that fail → node detail. Another
// operator goes on where the first one left. And the first steps with the keyboard only.
import type { Page } from '@playwright/test';
import { Slipway } from '../support/slipway.ts';
import { expect, test as base } from '../support/server.ts';
import { isPage } from '../words/contract.ts';
import { comesIn, isInteractive, opens, signIn } from '../words/entrance.ts';
import { presses, tabsTo } from '../words/keyboard.ts';
import { isAccessible, screenshotEverywhere } from '../words/looking.ts';
import { carriesOut, enrols, goesToStep, isAtStep, lamp } from '../words/onboarding.ts';
import { seesItSucceed } from '../words/operations.ts';
import { startsThePlan } from '../words/workloads.ts';

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

const FIRST = { email: 'first@example.test', password: 'a sentence nobody else would say' };

test('from the first start to a node, with attempts that fail and say why', async ({ page, browser, empty }) => {
  test.setTimeout(240_000);
  await becomesAdministrator(page, empty);

  await test.step('site and mode: MAAS is visible, disabled, and says what is missing', async () => {
    await page.getByRole('link', { name: 'Bring one in' }).click();
    await isPage(page, 'onboardings');
    for (const mode of ['maas_direct', 'maas_batch', 'maas_discovery']) {
      const choice = page.locator(`[data-choice="${mode}"]`);
      await expect(choice.getByRole('radio')).toBeDisabled();
      await expect(choice).toContainText(/Not ready.*There is no MAAS site.*Provisioning/);
    }
    await expect(page.getByRole('radio', { name: /^Manual/ })).toBeChecked();
    await page.getByLabel('Where it stands').fill('row 4');
    await carriesOut(page, 'onboarding.begin', 'Begin onboarding');
    await isAtStep(page, 'role');
    await screenshotEverywhere(page, 'onboarding-role');
  });

  await test.step('role and name', async () => {
    await expect(page.locator('[data-choice="bare_metal"]')).toContainText('would never get one');
    await page.getByRole('radio', { name: /^Slice host/ }).check();
    await page.getByLabel('Name of the node').fill('Not A Name');
    await page.getByRole('button', { name: 'Choose role and name…' }).click();
    await isAtStep(page, 'role');
    await expect(page.getByLabel('Name of the node')).toHaveValue('Not A Name');
    await expect(page.getByLabel('Name of the node')).toHaveAccessibleDescription(/lower-case letters/);
    await page.getByLabel('Name of the node').fill('hx-1');
    await carriesOut(page, 'onboarding.choose', 'Choose role and name');
    await isAtStep(page, 'token');
  });

  await test.step('required setup is what the server knows', async () => {
    await goesToStep(page, 'setup');
    await expect(page.locator('[data-setup="agents_address"]')).toContainText('only this server');
    await expect(page.locator('[data-setup="authority"]')).toHaveAttribute('data-posture', 'configured');
    await expect(page.locator('[data-setup="maas_site"]')).toHaveAttribute('data-posture', 'missing');
    await page.getByText('Add an SSH key of your own here').click();
    await isAccessible(page);
    await screenshotEverywhere(page, 'onboarding-setup');
  });

  const command = await test.step('token and command', async () => {
    await goesToStep(page, 'token');
    await carriesOut(page, 'enrolment_token.issue', 'Issue enrolment token');
    await isAtStep(page, 'command');
    const text = await page.getByRole('group', { name: 'The command to run on the machine' }).textContent();
    await screenshotEverywhere(page, 'onboarding-command');
    await goesToStep(page, 'token');
    await expect(page.locator('[data-token]').first()).toContainText('as hx-1');
    await expect(page.getByRole('button', { name: 'Issue enrolment token…' })).toBeDisabled();
    await isAccessible(page);
    await screenshotEverywhere(page, 'onboarding-token');
    return text ?? '';
  });

  const folder = empty.folderFor('hx-1');
  await test.step('attempts that fail say why, at the machine and on the page', async () => {
    await goesToStep(page, 'signs');
    for (const sign of ['heartbeat', 'certificate', 'capabilities', 'telemetry']) {
      await expect(lamp(page, sign)).toHaveAttribute('data-lamp-state', 'waiting');
    }
    await page.evaluate(() => Object.assign(globalThis, { sameDocument: true }));
    const mistrusts = await enrols(command.replace(/\.[0-9a-f]{64}/, `.${'0'.repeat(64)}`), folder);
    expect(mistrusts.text).toContain('Reason: server_not_trusted');
    await expect(page.locator('[data-field="perhaps"] [data-attempt="server_not_trusted"]')).toContainText('did not accept');
    const misnamed = await enrols(command, folder, ['--name', 'hx-2']);
    expect(misnamed.text).toContain('Reason: bad_name');
    const refused = page.locator('[data-field="attempts"] [data-attempt="bad_name"]');
    await expect(refused).toContainText('This enrolment token is for a node named `hx-1`');
    await expect(refused).toContainText('127.0.0.1, hx-2');
    const toldLater = page.locator('[data-field="attempts"] [data-attempt="server_not_trusted"]');
    await expect(toldLater).toContainText('told this later');
    await expect(page.locator('[data-field="needs_action"]')).toContainText('The machine was refused');
    expect(await page.evaluate(() => 'sameDocument' in globalThis), 'the page was not loaded again').toBe(true);
    await isAccessible(page);
    await screenshotEverywhere(page, 'onboarding-refused');
  });

  await test.step('another operator finds it, with what is next, and goes on', async () => {
    const operator = await empty.person('second', 'operator');
    const context = await browser.newContext({ baseURL: empty.url });
    const other = await context.newPage();
    await signIn(other, operator);
    await opens(other, '/platform/nodes/onboard');
    const row = other.locator('[data-onboarding]').first();
    await expect(row).toContainText(FIRST.email);
    await expect(row).toContainText('6. First signs');
    await screenshotEverywhere(other, 'onboardings-one');
    await row.getByRole('link').click();
    await isAtStep(other, 'signs');
    await goesToStep(other, 'command');
    await expect(other.locator('main')).toContainText(`Its command is shown only to ${FIRST.email}`);
    await context.close();
  });

  await test.step('the machine comes in and all four lamps are there, live', async () => {
    const enrolled = await enrols(command, folder);
    expect(enrolled.text).toContain('Enrolled as hx-1');
    await expect(lamp(page, 'certificate')).toHaveAttribute('data-lamp-state', 'there');
    empty.runAgent('hx-1', folder);
    for (const sign of ['heartbeat', 'capabilities', 'telemetry']) {
      await expect(lamp(page, sign)).toHaveAttribute('data-lamp-state', 'there', { timeout: 30_000 });
    }
    await expect(lamp(page, 'telemetry')).toContainText('all that counts as telemetry today');
    await screenshotEverywhere(page, 'onboarding-signs');
  });

  await test.step('it lands on the page of its node', async () => {
    await goesToStep(page, 'land');
    await expect(page.locator('[data-field="header"] [data-state]').first()).toHaveAttribute('data-state', 'landed');
    await expect(page.getByRole('link', { name: 'Probe node' })).toBeVisible();
    await screenshotEverywhere(page, 'onboarding-land');
    await page.locator('[data-field="step"]').getByRole('link', { name: 'Go to hx-1' }).click();
    await isPage(page, 'node');
    await expect(page.locator('h1')).toContainText('hx-1');
    await expect(page.locator('[data-field="header"]')).toContainText('Slice host');
  });
});

test('an onboarding is begun and a role chosen with the keyboard only, and given up', async ({ page, slipway, admin }) => {
  test.slow();
  await comesIn(page, slipway.url, admin);
  await opens(page, '/platform/nodes');
  await tabsTo(page, page.getByRole('link', { name: 'Bring in a machine', exact: true }));
  await presses(page, 'Enter', 'onboardings');
  await tabsTo(page, page.getByLabel('Where it stands'));
  await page.keyboard.type('by keyboard');
  await tabsTo(page, page.getByRole('radio', { name: /^Manual/ }));
  await tabsTo(page, page.getByRole('button', { name: 'Begin onboarding…' }));
  await presses(page, 'Enter', 'plan');
  await tabsTo(page, page.getByRole('button', { name: /^Begin onboarding/ }));
  await presses(page, 'Space', 'operation');
  await seesItSucceed(page);
  await tabsTo(page, page.locator('[data-field="made"]'));
  await presses(page, 'Enter', 'onboarding');
  await isInteractive(page);
  await tabsTo(page, page.getByRole('radio', { name: /^Slice host/ }));
  await page.keyboard.press('Space');
  await tabsTo(page, page.getByRole('button', { name: 'Choose role and name…' }));
  await presses(page, 'Enter', 'plan');
  await tabsTo(page, page.getByRole('button', { name: /^Choose role and name/ }));
  await presses(page, 'Space', 'operation');
  await seesItSucceed(page);
  await tabsTo(page, page.locator('[data-field="made"]'));
  await presses(page, 'Enter', 'onboarding');
  await isAtStep(page, 'token');

  const address = page.url();
  await page.getByText('Give it up', { exact: true }).click();
  await page.getByLabel('Reason').fill('a try');
  await page.getByRole('button', { name: 'Give up onboarding…' }).click();
  await startsThePlan(page, 'Give up onboarding');
  await seesItSucceed(page);
  await opens(page, address);
  await expect(page.locator('[data-field="header"] [data-state]').first()).toHaveAttribute('data-state', 'abandoned');
  await expect(page.locator('[data-field="safe_to_ignore"]')).toContainText('It was given up');
});

async function becomesAdministrator(page: Page, empty: Slipway): Promise<void> {
  const link = (await empty.admin(['bootstrap-link'])).match(/https?:\S+/)?.[0] ?? '';
  await page.goto(link);
  await page.getByLabel('Email').fill(FIRST.email);
  await page.getByLabel('Password').fill(FIRST.password);
  await page.getByRole('button', { name: 'Make the administrator' }).click();
  await isPage(page, 'ops');
  await isInteractive(page);
}
