// The audit is searched, becomes files that are what their operation says, is checked and signed.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Page, TestInfo } from '@playwright/test';

import { expect, test } from '../support/server.ts';
import { isPage } from '../words/contract.ts';
import { comesIn, isInteractive, opens } from '../words/entrance.ts';
import { isAccessible, screenshotEverywhere } from '../words/looking.ts';
import { card, seesItSucceed } from '../words/operations.ts';

/** Confirms the plan that is open and waits for its end. */
async function carriesOut(page: Page): Promise<string> {
  await isPage(page, 'plan');
  await page.locator('[data-field="confirm"] button').click();
  await isPage(page, 'operation');
  await seesItSucceed(page);
  return new URL(page.url()).pathname.split('/').pop() ?? '';
}

/** The file of an export, taken from the page that lists them, and the digest its row names. */
async function takes(page: Page, info: TestInfo, operation: string): Promise<{ text: string; sha256: string }> {
  await opens(page, '/platform/evidence/bundles');
  const row = page.locator(`[data-export="${operation}"]`);
  const path = info.outputPath(operation);
  const [taken] = await Promise.all([page.waitForEvent('download'), row.getByRole('link', { name: 'Download' }).click()]);
  await taken.saveAs(path);
  return { text: await readFile(path, 'utf8'), sha256: (await row.locator('code').getAttribute('title')) ?? '' };
}

test('the audit is searched by keyboard, and what is found becomes both kinds of files', async ({ page, slipway, api, admin }, info) => {
  const node = await api.node('node-1');
  const operation = await api.starts('node.probe', `node:${node.id}`);
  await api.sees(operation);
  await comesIn(page, slipway.url, admin);
  await opens(page, '/platform/evidence/audit');
  await page.getByRole('textbox', { name: 'Operation' }).fill(operation);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`operation=${operation}`));
  await isInteractive(page);
  const rows = page.locator('[data-event]');
  await expect(rows.filter({ hasText: 'audit.intent' })).toHaveCount(1);
  await expect(rows.filter({ hasText: 'audit.outcome' })).toHaveCount(1);
  await expect(rows.first().getByRole('link', { name: /bundle/ })).toHaveAttribute('href', `/operations/${operation}/evidence`);
  await page.getByRole('link', { name: 'audit.intent', exact: true }).click();
  await expect(rows).toHaveCount(1);
  await page.getByRole('textbox', { name: 'From, UTC' }).fill('yesterday');
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(page.getByRole('textbox', { name: 'From, UTC' })).toHaveAccessibleDescription(/Write a time in UTC/);
  await isAccessible(page);
  await screenshotEverywhere(page, 'evidence-audit-wrong');

  for (const format of ['ndjson', 'csv']) {
    await opens(page, `/platform/evidence/audit?operation=${operation}`);
    await page.getByRole('combobox', { name: 'Format' }).selectOption(format);
    await page.getByRole('button', { name: 'Export what is found…' }).click();
    const made = await carriesOut(page);
    const { text, sha256 } = await takes(page, info, made);
    expect(createHash('sha256').update(text).digest('hex'), format).toBe(sha256);
    expect(text).toContain(operation);
    expect(text).toContain('audit.outcome');
  }
  await isAccessible(page);
  await screenshotEverywhere(page, 'evidence-bundles-made');
});

test('the chain is signed and checked, and the front says so', async ({ page, slipway, admin }, info) => {
  await comesIn(page, slipway.url, admin);
  await opens(page, '/platform/evidence/checkpoints');
  await card(page, 'checkpoint.publish').getByRole('button').click();
  await carriesOut(page);
  await page.locator('[data-back]').click();
  await isPage(page, 'evidence_checkpoints');
  const newest = page.locator('[data-checkpoint]').first();
  const path = info.outputPath('checkpoint.json');
  const [taken] = await Promise.all([page.waitForEvent('download'), newest.getByRole('link', { name: 'Download' }).click()]);
  await taken.saveAs(path);
  const checkpoint = JSON.parse(await readFile(path, 'utf8')) as { seq: number; signature: string };
  expect(String(checkpoint.seq)).toBe(await newest.getAttribute('data-checkpoint'));

  await opens(page, '/platform/evidence');
  await card(page, 'audit.verify').getByRole('button').click();
  await carriesOut(page);
  await page.locator('[data-back]').click();
  await isPage(page, 'evidence');
  await expect(page.locator('[data-verification="ok"]')).toContainText('Everything fits.');
  await isAccessible(page);
  await screenshotEverywhere(page, 'evidence-checked');
});
