// Stop, start, restart: a workload that runs again keeps its slot, its files and its log. And what failed is acknowledged,
// retried, or archived.
import type { Page } from '@playwright/test';
import type { Workload } from '../support/api.ts';
import { until } from '../support/facts.ts';
import { processesOf, processOf } from '../support/processes.ts';
import { expect, test } from '../support/server.ts';
import { opens, signIn } from '../words/entrance.ts';
import { isAccessible, screenshotEverywhere } from '../words/looking.ts';
import { card, seesItSucceed } from '../words/operations.ts';
import { rowOf, startsThePlan, stateOf } from '../words/workloads.ts';

/** Says which run it is by what the runs before left in its folder. */
const counting = (seconds: number) => ['sh', '-c', `echo x >> runs; echo run $(wc -l < runs); exec sleep ${seconds}`];

/** Presses the button of a card and confirms the plan. Ends on the operation's page, when it has succeeded. */
async function carriesOut(page: Page, workload: Workload, operation: string, title: string, input: Record<string, string> = {}): Promise<void> {
  await opens(page, `/workloads/${workload.id}/operations`);
  for (const [label, value] of Object.entries(input)) await card(page, operation).getByLabel(label).fill(value);
  await card(page, operation).getByRole('button').click();
  await startsThePlan(page, title);
  await seesItSucceed(page);
}

test('a workload is stopped, started and restarted, and keeps its slot, its files and its log', async ({ page, admin, api }) => {
  test.setTimeout(180_000);
  await signIn(page, admin);
  const workload = await api.launches('again', counting(3601));
  const sleeping = ['sleep', '3601'];
  const first = await processOf(sleeping);

  await test.step('stop', async () => {
    await carriesOut(page, workload, 'workload.stop', 'Stop');
    expect(await processesOf(sleeping)).toEqual([]);
    await opens(page, '/workloads');
    const stopped = page.locator('[data-field="stopped"]');
    await expect(stopped).toContainText('keeps its slot');
    await isAccessible(page);
    await screenshotEverywhere(page, 'workbench-stopped');
  });

  await test.step('start, from the row', async () => {
    await rowOf(page, 'again').getByRole('link', { name: 'Start again', exact: true }).click();
    await expect(page).toHaveURL(/\/operations#workload\.start$/);
    await card(page, 'workload.start').getByRole('button').click();
    await startsThePlan(page, 'Start');
    await seesItSucceed(page);
    expect((await processOf(sleeping)).pid).not.toBe(first.pid);
  });

  await test.step('restart', async () => {
    await carriesOut(page, workload, 'workload.restart', 'Restart');
    await opens(page, `/workloads/${workload.id}`);
    await expect(stateOf(page)).toHaveAttribute('data-state', 'running');
    for (const run of [1, 2, 3]) await expect(page.getByRole('region', { name: 'Log' })).toContainText(`run ${run}`);
    expect(await processesOf(sleeping)).toHaveLength(1);
    await opens(page, `/workloads/${workload.id}/operations`);
    await screenshotEverywhere(page, 'workload-operations');
  });
  await api.releases(workload);
});

test('what failed is acknowledged with a reason, comes back when it changes, and is archived in the end', async ({ page, admin, api }) => {
  test.setTimeout(180_000);
  await signIn(page, admin);
  const workload = await api.launches('fragile', counting(3602));
  const kills = async () => {
    process.kill((await processOf(['sleep', '3602'])).pid, 'SIGKILL');
    await until('it has failed', async () => {
      const found = (await api.items<Workload>('/workloads?view=all')).find(({ id }) => id === workload.id);
      return found?.state === 'failed' ? true : undefined;
    });
  };
  await kills();
  const needsAction = page.locator('[data-field="needs_action"]');

  await test.step('acknowledge', async () => {
    await opens(page, '/workloads');
    await expect(needsAction).toContainText('fragile');
    await expect(needsAction.getByRole('link', { name: 'Retry' })).toHaveAttribute('href', /#workload\.retry$/);
    await carriesOut(page, workload, 'workload.acknowledge', 'Acknowledge', { Reason: 'Known, mended tomorrow' });
    await opens(page, '/workloads');
    await expect(needsAction).not.toContainText('fragile');
    await expect(page.locator('[data-field="safe_to_ignore"]')).toContainText('1 acknowledged');
    await opens(page, `/workloads/${workload.id}`);
    await expect(page.locator('[data-field="safe_to_ignore"]')).toContainText('Known, mended tomorrow.');
  });

  await test.step('retry, and it fails again: the acknowledgement was about the other run', async () => {
    await carriesOut(page, workload, 'workload.retry', 'Retry');
    await kills();
    await opens(page, '/workloads');
    await expect(needsAction).toContainText('fragile');
  });

  await test.step('archive', async () => {
    await until('its slot is given back', async () => {
      await opens(page, `/workloads/${workload.id}/operations`);
      return (await card(page, 'workload.archive').getByRole('button').isEnabled()) ? true : undefined;
    });
    await carriesOut(page, workload, 'workload.archive', 'Archive');
    await opens(page, '/workloads');
    await expect(needsAction).not.toContainText('fragile');
    await page.locator('[data-local-nav="history"]').click();
    await expect(rowOf(page, 'fragile').locator('[data-state]')).toHaveAttribute('data-state', 'failed');
  });
});
