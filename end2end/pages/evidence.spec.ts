// What proves an operation: the page says whether it is signed, the file it gives is checked by the program alone, and a file
// that was touched is refused by name.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { programFrom } from '../support/program.ts';
import { expect, test } from '../support/server.ts';
import { isPage } from '../words/contract.ts';
import { comesIn, opens } from '../words/entrance.ts';
import { isAccessible, screenshotEverywhere } from '../words/looking.ts';

/** The program's exit code and everything it said. */
function checks(bundle: string, key: string): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    const words = ['evidence', 'verify', bundle, '--key', key];
    execFile(programFrom('SLIPWAY_BIN'), words, { env: {} }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), said: out + err });
    });
  });
}

test('an operation is followed to its evidence, which the program alone checks', async ({ page, slipway, api, admin }, info) => {
  const node = await api.node('node-1');
  const operation = await api.starts('node.probe', `node:${node.id}`);
  await api.sees(operation);
  await comesIn(page, slipway.url, admin);
  await opens(page, `/operations/${operation}`);
  await page.getByRole('link', { name: 'Download and check it' }).click();
  await isPage(page, 'operation_evidence');
  const bundle = info.outputPath('bundle.json');
  const key = info.outputPath('key.json');
  for (const [name, path] of [['Download bundle', bundle], ['Download public key', key]] as const) {
    const [taken] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name }).click()]);
    await taken.saveAs(path);
  }
  // Who took it asked for a checkpoint.
  await opens(page, `/operations/${operation}/evidence`);
  await expect(page.locator('[data-field="coverage"]')).toContainText('Signed');
  const good = await checks(bundle, key);
  expect(good, good.said).toMatchObject({ code: 0 });
  expect(good.said).toContain(operation);
  const text = await readFile(bundle, 'utf8');
  const touched = join(info.outputPath(), '..', 'touched.json');
  await writeFile(touched, text.replace('Probe node', 'Erase node'));
  const bad = await checks(touched, key);
  expect(bad, bad.said).toMatchObject({ code: 5 });
  expect(bad.said).toContain('subject');
});

test('what happened to a node becomes a bundle, which the program alone checks', async ({ page, slipway, api, admin }, info) => {
  const node = await api.node('node-1');
  const operation = await api.starts('node.probe', `node:${node.id}`);
  await api.sees(operation);
  await comesIn(page, slipway.url, admin);
  await opens(page, `/platform/nodes/${node.id}/activity`);
  await page.getByRole('button', { name: 'See what the bundle holds' }).click();
  await isPage(page, 'evidence_audit');
  const section = page.locator('[data-bundle="offered"]');
  await expect(section).toContainText('Probe node');
  await expect(section).toContainText('Every event from');
  await isAccessible(page);
  await screenshotEverywhere(page, 'evidence-bundle-of-a-node');
  const [bundle, key] = [info.outputPath('thing.json'), info.outputPath('key.json')];
  for (const [name, path] of [['Download bundle', bundle], ['Download public key', key]] as const) {
    const [taken] = await Promise.all([page.waitForEvent('download'), section.getByRole('link', { name }).click()]);
    await taken.saveAs(path);
  }
  const good = await checks(bundle, key);
  expect(good, good.said).toMatchObject({ code: 0 });
  expect(good.said).toContain(operation);
  expect(good.said).toContain('Proved: ');
  const text = await readFile(bundle, 'utf8');
  await writeFile(bundle, text.replace('"audit.intent"', '"audit.intend"'));
  const bad = await checks(bundle, key);
  expect(bad, bad.said).toMatchObject({ code: 5 });
  expect(bad.said).toMatch(/Event \d+ was changed/);

  await opens(page, '/platform/evidence/audit?resource=platform%3Aplatform&from=2999-01-01');
  await expect(page.locator('[data-bundle="refused"]')).toContainText('not in the future');
});

test('operations are listed with how their evidence stands', async ({ page, slipway, api, admin }) => {
  const node = await api.node('node-1');
  const operation = await api.starts('node.probe', `node:${node.id}`);
  await api.sees(operation);
  await comesIn(page, slipway.url, admin);
  await opens(page, `/platform/evidence/operations?operation=node.probe&target=node%3A${node.id}`);
  const row = page.locator(`[data-operation-row="${operation}"]`);
  await expect(row).toContainText('Probe node');
  await expect(row).toContainText(/Whole and signed|Signed when it is taken/);
  await isAccessible(page);
  await screenshotEverywhere(page, 'evidence-operations-found');
  await row.getByRole('link', { name: /What it holds/ }).click();
  await isPage(page, 'operation_evidence');
});

test('a tenant reads the audit of their project, and takes its evidence', async ({ page, slipway, api, admin }) => {
  const workload = await api.launches('audited', ['sleep', '600']);
  await comesIn(page, slipway.url, admin);
  await opens(page, `/workloads/${workload.id}/activity`);
  await page.getByRole('button', { name: 'See what the bundle holds' }).click();
  await isPage(page, 'access_audit');
  await expect(page.locator('[data-event]').first()).toBeVisible();
  await expect(page.locator('[data-bundle="offered"]')).toContainText('audited');
  await expect(page.getByRole('button', { name: /Export/ })).toHaveCount(0);
  await isAccessible(page);
  await screenshotEverywhere(page, 'access-audit-of-a-workload');
});
