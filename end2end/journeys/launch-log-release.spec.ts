// J2: launch from the page, watch it become ready, read its log, release it. And: kill it from a shell, and the page says so.
import { answers, freePort, ownPidNamespace, processesOf, processOf } from '../support/processes.ts';
import { expect, test } from '../support/server.ts';
import { comesIn, opens, signIn } from '../words/entrance.ts';
import { card, seesItSucceed, steps } from '../words/operations.ts';
import { fact, launches, rowOf, startsThePlan, stateOf } from '../words/workloads.ts';

const command = (port: number) => ['python3', '-u', '-m', 'http.server', String(port)];

test('a workload is launched, runs sandboxed, shows its log, and is released', async ({ page, admin }) => {
  test.setTimeout(120_000);
  const port = await freePort();
  // Signed in just now: what destroys something does not ask for the password again.
  await signIn(page, admin);

  await test.step('launch', async () => {
    await launches(page, { name: 'web', command: command(port).join(' '), port });
    await seesItSucceed(page);
    await expect(steps(page)).toHaveCount(3);
    await expect(page.locator('[data-fact="Observed"] time')).toBeVisible();
    await expect(page.locator('[data-field="made"]')).toHaveText('Open web');
  });

  await test.step('it runs', async () => {
    await opens(page, '/workloads');
    await expect(rowOf(page, 'web').locator('[data-state]')).toHaveAttribute('data-state', 'running');
    await page.getByRole('link', { name: 'web', exact: true }).click();
    await expect(stateOf(page)).toHaveAttribute('data-state', 'running');
    await expect(fact(page, 'Isolation')).toHaveText('process-sandboxed');
    await expect(fact(page, 'Port')).toHaveText(`${port}, answers`);
    const process = await processOf(command(port));
    expect(process.uid, 'the user it runs as').toBeGreaterThan(0);
    expect(process.pids.length, 'pid namespaces it is in').toBeGreaterThan(1);
    expect(process.pidNamespace).not.toBe(await ownPidNamespace());
  });

  await test.step('its log arrives by itself', async () => {
    await page.evaluate(() => Object.assign(globalThis, { sameDocument: true }));
    expect((await fetch(`http://127.0.0.1:${port}/asked-by-the-test`)).status).toBe(404);
    await expect(page.getByRole('region', { name: 'Log' })).toContainText('GET /asked-by-the-test');
    expect(await page.evaluate(() => 'sameDocument' in globalThis), 'the page was not loaded again').toBe(true);
  });

  await test.step('release', async () => {
    await page.getByRole('link', { name: 'Operations', exact: true }).click();
    await card(page, 'workload.release').getByRole('button').click();
    const start = page.locator('[data-field="confirm"]');
    await start.getByLabel(/^Type/).fill('wrong');
    await start.getByRole('button').click();
    await expect(page.getByRole('alert')).toContainText('Type the name exactly');
    await start.getByLabel(/^Type/).fill('web');
    await startsThePlan(page, 'Release');
    await seesItSucceed(page);
    expect(await answers(port), 'its port').toBe(false);
    expect(await processesOf(command(port))).toEqual([]);
  });

  await test.step('it is in History and not in Active', async () => {
    await opens(page, '/workloads');
    await expect(rowOf(page, 'web')).toHaveCount(0);
    await page.locator('[data-local-nav="history"]').click();
    await expect(rowOf(page, 'web').locator('[data-state]')).toHaveAttribute('data-state', 'released');
    await rowOf(page, 'web').getByRole('link').click();
    await expect(page.getByRole('region', { name: 'Log' })).toContainText('GET /asked-by-the-test');
  });
});

test('killed from a shell, the page says failed within fifteen seconds, by itself', async ({ page, slipway, admin, api }) => {
  const port = await freePort();
  const workload = await api.launches('doomed', command(port), port);
  await comesIn(page, slipway.url, admin);
  await opens(page, `/workloads/${workload.id}`);
  await expect(stateOf(page)).toHaveAttribute('data-state', 'running');
  await page.evaluate(() => Object.assign(globalThis, { sameDocument: true }));

  process.kill((await processOf(command(port))).pid, 'SIGKILL');

  await expect(stateOf(page)).toHaveAttribute('data-state', 'failed', { timeout: 15_000 });
  await expect(page.locator('[data-field="action_required"]')).not.toContainText('Nothing needs action');
  await expect(page.getByText('ended by signal 9')).toBeVisible();
  expect(await page.evaluate(() => 'sameDocument' in globalThis), 'the page was not loaded again').toBe(true);

  await opens(page, '/workloads');
  await expect(page.locator('[data-field="needs_action"]')).toContainText('doomed');
  await expect(page.locator('[data-nav="workloads"]')).toContainText('1 in need of action');
  await api.releases(workload);
  await expect(page.locator('[data-field="needs_action"]')).not.toContainText('doomed');
});
