// One operation on many nodes: who is included and who is not stands there before, one comes first, it stops by itself, is
// paused, resumed and ended, and those that failed are planned again. It works from the page alone, and without script.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { Api } from '../support/api.ts';
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
  const id = new URL(page.url()).pathname.split('/').pop() ?? '';
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
  await until('it asks again', async () => ((await api.reads<Bulk>(`/operations/${id}`)).attention ? true : undefined));
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
  const id = new URL(page.url()).pathname.split('/').pop() ?? '';
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
