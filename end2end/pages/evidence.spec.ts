// What proves an operation: the page says whether it is signed, the file it gives is checked by the program alone, and a file
// that was touched is refused by name.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { programFrom } from '../support/program.ts';
import { expect, test } from '../support/server.ts';
import { isPage } from '../words/contract.ts';
import { comesIn, opens } from '../words/entrance.ts';

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
