// A list of fifty workloads and the page of one, beside a static control: what a person waits for, in one run on one machine.
// Only the ratios mean anything; `docs/performance.md` says what they were and where.
import { mkdir, writeFile } from 'node:fs/promises';
import { chromium, test } from '@playwright/test';
import { Api } from '../support/api.ts';
import { Slipway } from '../support/slipway.ts';
import { startControl } from './control.ts';
import { Crowd, residentMb } from './crowd.ts';
import { measures, PROFILES, type Figures, type Target } from './visit.ts';

const ROWS = 50;
const RESULTS = 'results/bench';
const rounds: Record<string, number> = { desktop: Number(process.env.BENCH_DESKTOP ?? 7), slow: Number(process.env.BENCH_SLOW ?? 5) };

const FIGURES: readonly [keyof Figures, string, number | undefined][] = [
  ['rows', 'rows visible, ms', 1.5],
  ['interactive', 'interactive, ms', 2.5],
  ['click', 'click → detail, warm, ms', 2],
  ['blocking', 'blocking script, ms', undefined],
  ['kilobytes', 'KB', undefined],
  ['requests', 'requests', undefined],
];

function median(values: number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Fifty workloads on simulated nodes: what the pages show does not depend on what the programs do. */
async function fifty(slipway: Slipway): Promise<{ target: Target; crowd: Crowd }> {
  await slipway.admin(['starter']);
  const admin = await slipway.person('admin', 'platform_admin');
  const api = await Api.as(slipway, admin);
  const crowd = await Crowd.joins(slipway, api, Math.ceil(ROWS / 4) + 1);
  for (let number = 1; number <= ROWS; number += 1) await api.launches(`workload-${String(number).padStart(3, '0')}`, ['serve']);
  const browser = await chromium.launch(test.info().project.use.launchOptions);
  const url = slipway.url.replace('127.0.0.1', 'localhost');
  const page = await browser.newPage({ baseURL: url });
  await page.goto('/sign-in');
  await page.getByLabel('Email').fill(admin.email);
  await page.getByLabel('Password').fill(admin.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((address) => !address.pathname.startsWith('/sign-in'));
  const cookies = await page.context().cookies();
  await page.goto('/workloads');
  await mkdir(RESULTS, { recursive: true });
  await page.screenshot({ path: `${RESULTS}/list.png` });
  await browser.close();
  const marks = { rows: '[data-workload]', count: ROWS, link: '[data-workload] a[href^="/workloads/"]', detail: 'main[data-page="workload"] [data-field="header"]' };
  return { target: { name: 'slipway', url: `${url}/workloads`, marks, cookies }, crowd };
}

test('a list of fifty and a detail, beside a page without script', async () => {
  const control = await startControl(ROWS);
  const slipway = await Slipway.startEmpty('sqlite', { SLIPWAY_ADMIT_SIMULATED: 'true' });
  const idle = await residentMb(slipway.serverPid);
  const browser = await chromium.launch(test.info().project.use.launchOptions);
  const { target, crowd } = await fifty(slipway);
  try {
    const marks = { rows: '[data-row]', count: ROWS, link: '[data-row] a', detail: '[data-detail]' };
    const targets: Target[] = [{ name: 'control', url: control.url, marks, cookies: [] }, target];
    const found: Record<string, Record<string, Figures[]>> = {};
    for (const profile of PROFILES) {
      const of: Record<string, Figures[]> = (found[profile.name] = {});
      // One round more: the first warms servers and browser, and is not counted.
      for (let round = 0; round <= (rounds[profile.name] ?? 5); round += 1) {
        for (const target of targets) {
          const figures = await measures(browser, target, profile);
          if (round > 0) (of[target.name] ??= []).push(figures);
        }
      }
    }
    await writeFile(`${RESULTS}/pages.json`, JSON.stringify({ at: new Date().toISOString(), browser: browser.version(), found }, undefined, 2));
    for (const { name } of PROFILES) {
      console.log(`\n| ${name}, median of ${rounds[name]} | control | slipway | ratio | goal |\n|---|---|---|---|---|`);
      for (const [figure, words, goal] of FIGURES) {
        const of = (target: string) => median((found[name]?.[target] ?? []).map((figures) => figures[figure]));
        const [control, slipway] = [of('control'), of('slipway')];
        const ratio = control > 0 ? `${(slipway / control).toFixed(2)} ×` : '–';
        console.log(`| ${words} | ${control.toFixed(0)} | ${slipway.toFixed(0)} | ${ratio} | ${goal === undefined ? '–' : `≤ ${goal} ×`} |`);
      }
    }
    console.log(`\nserver's memory: ${idle.toFixed(0)} MB after its start, ${(await residentMb(slipway.serverPid)).toFixed(0)} MB after these visits`);
  } finally {
    await browser.close();
    await crowd.leaves();
    await slipway.stop();
    control.server.close();
  }
});
