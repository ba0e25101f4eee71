// One operation on many nodes, or on many workloads: who is included and who is not stands there before, one comes first, it stops by itself, is
// paused, resumed and ended, and those that failed are planned again. It works from the page alone, and without script.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { Api, type Workload } from '../support/api.ts';
import { until } from '../support/facts.ts';
import { expect } from '../support/server.ts';
import { ready, testWithSimulated } from '../support/simulated.ts';
import { isPage } from '../words/contract.ts';
import { comesIn, opens } from '../words/entrance.ts';
import { isAccessible, screenshotEverywhere } from '../words/looking.ts';

const NODES = 8;

const test = testWithSimulated(NODES);
test.setTimeout(240_000);

interface Bulk {
  state: string;
  attention: { sentence: string } | null;
  bulk: { paused: boolean; targets: { name: string; outcome: string; operation: string | null }[] };
}

/** How many stand where. */
async function outcomes(api: Api, id: string): Promise<Record<string, string[]>> {
  const { bulk } = await api.reads<Bulk>(`/operations/${id}`);
  const by: Record<string, string[]> = {};
  for (const { name, outcome } of bulk.targets) (by[outcome] ??= []).push(name);
  return by;
}

async function ticks(page: Page, names: string[]): Promise<void> {
  for (const name of names) await page.getByRole('checkbox', { name: `Select ${name}`, exact: true }).check();
}

/** The id in the address. */
function idOf(page: Page): string {
  return new URL(page.url()).pathname.split('/').pop() ?? '';
}

async function chooses(page: Page, choice: string): Promise<void> {
  await page.locator(`[data-choice="${choice}"] button[type="submit"]`).click();
}

test('ticked nodes get an operation each: the canary first, and those that failed again', async ({ browser, simulated }) => {
  const { slipway, admin, api } = simulated;
  const unplugged = join(slipway.simulatedFolder, 'unplugged');
  await writeFile(unplugged, 'sim-02\n');
  await until('sim-02 is missed', async () => ((await api.node('sim-02')).state === 'unreachable' ? true : undefined));
  const context = await browser.newContext({ baseURL: slipway.url });
  const page = await context.newPage();
  await comesIn(page, slipway.url, admin);
  await opens(page, '/platform/nodes');
  await isPage(page, 'nodes');
  await screenshotEverywhere(page, 'bulk-nodes');

  // What is wrong comes back with what was ticked and typed.
  await ticks(page, ['sim-01']);
  await page.getByLabel('Operation', { exact: true }).selectOption('node.begin_maintenance');
  await page.getByRole('button', { name: 'Plan for the ticked nodes…' }).click();
  await expect(page.locator('[data-field="bulk_errors"]')).toContainText('reason');
  await expect(page.getByRole('checkbox', { name: 'Select sim-01', exact: true })).toBeChecked();

  await ticks(page, ['sim-02', 'sim-03', 'sim-04', 'sim-05', 'sim-06']);
  await page.getByLabel('Operation', { exact: true }).selectOption('node.probe');
  await page.getByLabel('At one time', { exact: true }).fill('1');
  await page.getByLabel('Stop after', { exact: true }).fill('1');
  await page.getByRole('button', { name: 'Plan for the ticked nodes…' }).click();
  await isPage(page, 'plan');
  await expect(page.locator('[data-field="included"] tbody tr')).toHaveCount(5);
  await expect(page.locator('[data-field="included"] tbody tr').first()).toContainText('Canary');
  await expect(page.locator('[data-field="left_out"] tbody tr')).toHaveCount(1);
  await expect(page.locator('[data-field="left_out"]')).toContainText('sim-02');
  await isAccessible(page);
  await screenshotEverywhere(page, 'bulk-plan');

  // Unticked and planned again, it is one fewer.
  await page.getByRole('checkbox', { name: 'Include sim-06', exact: true }).uncheck();
  await page.getByRole('button', { name: 'Plan again…' }).click();
  await expect(page.locator('[data-field="included"] tbody tr')).toHaveCount(4);

  // Between the plan and its turn one is unplugged: it fails.
  await writeFile(unplugged, 'sim-02\nsim-03\n');
  await page.getByRole('button', { name: 'Probe node on 4 nodes' }).click();
  await isPage(page, 'operation');
  const id = idOf(page);
  await until('it stops by itself', async () => ((await api.reads<Bulk>(`/operations/${id}`)).attention ? true : undefined), { withinMs: 120_000 });
  const by = await outcomes(api, id);
  expect(by.succeeded).toEqual(['sim-01']);
  expect([...(by.failed ?? []), ...(by.not_started ?? [])]).toEqual(['sim-03']);
  expect(by.waiting).toEqual(['sim-04', 'sim-05']);
  await page.reload();
  await expect(page.locator('[data-field="attention"]')).toContainText('stopped by itself');
  await expect(page.locator('[data-field="bulk"] [data-outcome="waiting"]')).toHaveCount(2);
  await isAccessible(page);
  await screenshotEverywhere(page, 'bulk-stopped');

  // Going on, the rest is carried out; at its end the one that failed is asked about.
  await chooses(page, 'go_on');
  await until('the others are over', async () => ((await outcomes(api, id)).succeeded?.length === 3 ? true : undefined));
  // One that was not started at all needs a new plan: nobody is asked about that.
  if (by.failed) await until('it asks again', async () => ((await api.reads<Bulk>(`/operations/${id}`)).attention ? true : undefined));
  await writeFile(unplugged, '');
  await until('it is back', async () => ((await api.node('sim-03')).state === 'ready' ? true : undefined));
  await page.reload();
  if (by.failed) {
    await chooses(page, 'retry_failed');
    await until('every one succeeded', async () => ((await outcomes(api, id)).succeeded?.length === 4 ? true : undefined));
    await page.reload();
    await expect(page.locator('[data-field="bulk"]')).toContainText('try 2');
  }
  await screenshotEverywhere(page, 'bulk-over');

  // A child knows its parent.
  await page.locator('[data-outcome="succeeded"]').first().getByRole('link', { name: 'Follow' }).click();
  await expect(page.locator('[data-field="parent"] a')).toHaveAttribute('href', `/operations/${id}`);
  await context.close();
});

test('without script it is planned, paused and resumed', async ({ browser, simulated }) => {
  const { slipway, admin, api } = simulated;
  const unplugged = join(slipway.simulatedFolder, 'unplugged');
  const context = await browser.newContext({ baseURL: slipway.url, javaScriptEnabled: false });
  const page = await context.newPage();
  await comesIn(page, slipway.url, admin);
  await page.goto('/platform/nodes');
  await ticks(page, ['sim-01', 'sim-02', 'sim-03']);
  await page.getByLabel('Operation', { exact: true }).selectOption('node.probe');
  await page.getByLabel('At one time', { exact: true }).fill('1');
  await page.getByLabel('Canary', { exact: true }).fill('0');
  await page.getByRole('button', { name: 'Plan for the ticked nodes…' }).click();
  // The first one takes its time, so that there is a moment to pause in.
  await writeFile(unplugged, 'sim-01\n');
  await page.getByRole('button', { name: 'Probe node on 3 nodes' }).click();
  const id = idOf(page);
  await until('the first runs', async () => ((await outcomes(api, id)).running?.length === 1 ? true : undefined));
  await page.reload();
  await chooses(page, 'pause');
  await until('it is paused', async () => ((await api.reads<Bulk>(`/operations/${id}`)).bulk.paused ? true : undefined));
  await writeFile(unplugged, '');
  expect((await outcomes(api, id)).waiting).toEqual(['sim-02', 'sim-03']);
  await page.goto(`/operations/${id}`);
  await expect(page.locator('[data-field="bulk"]')).toContainText('paused');
  await chooses(page, 'resume');
  await until('the others are over', async () => ((await outcomes(api, id)).succeeded?.includes('sim-03') ? true : undefined), { withinMs: 120_000 });
  await context.close();
});

/** Launches workloads that run, as this person. */
async function running(api: Api, names: string[]): Promise<void> {
  for (const name of names) await api.launches(name, ['serve']);
}

async function stateOfAll(api: Api, names: string[]): Promise<string[]> {
  const all = await api.items<Workload>('/workloads?view=all');
  return names.map((name) => all.find((one) => one.name === name)?.state ?? 'none');
}

/** Ticks them on the page of the workloads, and makes a plan for an operation. */
async function plansFor(page: Page, operation: string, names: string[]): Promise<void> {
  await page.goto('/workloads?view=all');
  await ticks(page, names);
  await page.getByLabel('Operation', { exact: true }).selectOption(operation);
  await page.getByRole('button', { name: 'Plan for the ticked workloads…' }).click();
  await isPage(page, 'plan');
}

async function isDone(api: Api, id: string): Promise<void> {
  await until(`${id} is over`, async () => ((await api.reads<Bulk>(`/operations/${id}`)).state === 'succeeded' ? true : undefined), { withinMs: 120_000 });
}

test('a tenant stops and releases many of their own: the name of each is typed before anything is destroyed', async ({ browser, simulated }) => {
  const { slipway } = simulated;
  const tenant = await slipway.person('tenant', 'member', 'starter');
  const api = await Api.as(slipway, tenant);
  const names = ['eval-1', 'eval-2', 'eval-3'];
  await running(api, names);
  await api.launches('ends', ['sleep', '1']);
  await until('one has ended', async () => ((await stateOfAll(api, ['ends']))[0] === 'finished' ? true : undefined));
  const context = await browser.newContext({ baseURL: slipway.url });
  const page = await context.newPage();
  await comesIn(page, slipway.url, tenant);
  await opens(page, '/workloads');
  await isPage(page, 'workbench');
  await isAccessible(page);
  await screenshotEverywhere(page, 'bulk-workbench');

  // To acknowledge needs a reason: the form comes back with the boxes as they were.
  await ticks(page, ['eval-1', 'eval-2']);
  await page.getByLabel('Operation', { exact: true }).selectOption('workload.acknowledge');
  await page.getByRole('button', { name: 'Plan for the ticked workloads…' }).click();
  await expect(page.locator('[data-field="bulk_errors"]')).toContainText('reason');
  await expect(page.getByRole('checkbox', { name: 'Select eval-2', exact: true })).toBeChecked();
  await expect(page.getByRole('checkbox', { name: 'Select eval-3', exact: true })).not.toBeChecked();

  await plansFor(page, 'workload.stop', [...names, 'ends']);
  await expect(page.locator('[data-field="included"] tbody tr')).toHaveCount(3);
  await expect(page.locator('[data-field="left_out"] tbody tr')).toHaveCount(1);
  await expect(page.locator('[data-field="left_out"]')).toContainText('ends');
  await isAccessible(page);
  await screenshotEverywhere(page, 'bulk-workloads-plan');
  await page.getByRole('button', { name: 'Stop workload on 3 of 4 workloads' }).click();
  await isPage(page, 'operation');
  const stopped = idOf(page);
  await isDone(api, stopped);
  expect(await stateOfAll(api, names)).toEqual(['stopped', 'stopped', 'stopped']);
  await page.reload();
  await expect(page.locator('[data-field="bulk"] [data-outcome="succeeded"]')).toHaveCount(3);
  await screenshotEverywhere(page, 'bulk-workloads-over');

  // A name that is missing, and one that is not among them: nothing is started.
  await plansFor(page, 'workload.release', names);
  const typed = page.getByRole('textbox', { name: /names to confirm/ });
  const release = page.getByRole('button', { name: 'Release workload on 3 workloads' });
  await isAccessible(page);
  await screenshotEverywhere(page, 'bulk-release-plan');
  for (const wrong of ['eval-1 eval-2', 'eval-1 eval-2 eval-3 ends', 'confirmed']) {
    await typed.fill(wrong);
    await release.click();
    await expect(page).toHaveURL(/error=not_confirmed/);
    await expect(page.getByText('The confirmation is not right.')).toBeVisible();
  }
  expect(await stateOfAll(api, names)).toEqual(['stopped', 'stopped', 'stopped']);
  await typed.fill(names.toReversed().join('\n'));
  await release.click();
  await isPage(page, 'operation');
  const released = idOf(page);
  await isDone(api, released);
  expect(await stateOfAll(api, [...names, 'ends'])).toEqual(['released', 'released', 'released', 'finished']);

  // Its project sees it, and may not do the like; who is not of the project does not learn of it.
  const viewer = await slipway.person('onlooker', 'viewer', 'starter');
  const seen = await (await Api.as(slipway, viewer)).reads<Bulk>(`/operations/${released}`);
  expect(seen.bulk.targets.map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  const onlooker = await (await browser.newContext({ baseURL: slipway.url })).newPage();
  await comesIn(onlooker, slipway.url, viewer);
  await onlooker.goto('/workloads?view=all');
  await expect(onlooker.locator('[data-workload]').first()).toBeVisible();
  await expect(onlooker.getByRole('checkbox')).toHaveCount(0);
  await onlooker.context().close();
  await context.close();
});

test('without script workloads are released when the name of each was typed', async ({ browser, simulated }) => {
  const { slipway, admin, api } = simulated;
  const names = ['train-1', 'train-2'];
  await running(api, names);
  const context = await browser.newContext({ baseURL: slipway.url, javaScriptEnabled: false });
  const page = await context.newPage();
  await comesIn(page, slipway.url, admin);
  await plansFor(page, 'workload.release', names);
  await page.getByRole('textbox', { name: /names to confirm/ }).fill('train-1 train-3');
  await page.getByRole('button', { name: 'Release workload on 2 workloads' }).click();
  await expect(page.getByText('The confirmation is not right.')).toBeVisible();
  expect(await stateOfAll(api, names)).toEqual(['running', 'running']);
  await page.getByRole('textbox', { name: /names to confirm/ }).fill('train-1 train-2');
  await page.getByRole('button', { name: 'Release workload on 2 workloads' }).click();
  await isPage(page, 'operation');
  await isDone(api, idOf(page));
  expect(await stateOfAll(api, names)).toEqual(['released', 'released']);
  await context.close();
});

test('a row says when what is under way on it takes longer than usual', async ({ browser, simulated }) => {
  const { slipway, admin, api } = simulated;
  const { id } = await api.node('sim-05');
  for (let run = 0; run < 5; run += 1) await api.sees(await api.starts('node.probe', `node:${id}`));
  await writeFile(join(slipway.simulatedFolder, 'unplugged'), 'sim-05\n');
  const slow = await api.starts('node.probe', `node:${id}`);
  const rowOf = async () => (await api.items<{ name: string; above_sla: string | null }>('/nodes')).find(({ name }) => name === 'sim-05');
  const said = await until('its row says so', async () => (await rowOf())?.above_sla ?? undefined);
  expect(said).toContain('Nine in ten take less than');
  const context = await browser.newContext({ baseURL: slipway.url });
  const page = await context.newPage();
  await comesIn(page, slipway.url, admin);
  await page.goto('/platform/nodes');
  const row = page.locator(`tr[data-node="${id}"]`);
  await expect(row.locator('[data-slow]')).toContainText('Slow');
  await expect(page.locator('tr[data-node] [data-slow]')).toHaveCount(1);
  await screenshotEverywhere(page, 'slow-node');
  await page.goto(`/operations/${slow}`);
  await expect(page.locator('[data-field="attention"]')).toContainText('Nine in ten take less than');
  await writeFile(join(slipway.simulatedFolder, 'unplugged'), '');
  await context.close();
});
