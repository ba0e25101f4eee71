// What each role sees of the shell, what it may not do and why, and that another project's things are not there for it.
import type { Browser, Page } from '@playwright/test';
import { freePort } from '../support/processes.ts';
import { Api } from '../support/api.ts';
import type { Slipway } from '../support/slipway.ts';
import { expect, test } from '../support/server.ts';
import { comesIn, opens } from '../words/entrance.ts';
import { card } from '../words/operations.ts';
import { isAccessible, screenshotEverywhere } from '../words/looking.ts';

/** Role, the families on its rail, and the page it lands on. */
const SEES: [string, string[], string][] = [
  ['viewer', ['workloads', 'compute', 'access', 'account'], 'workbench'],
  ['member', ['workloads', 'compute', 'access', 'account'], 'workbench'],
  ['operator', ['workloads', 'compute', 'access', 'account', 'ops', 'lifecycle', 'config', 'evidence'], 'ops'],
  ['auditor', ['workloads', 'compute', 'access', 'account', 'ops', 'lifecycle', 'config', 'evidence', 'iam'], 'evidence'],
];

test('each role sees its families on the rail and lands on its page', async ({ browser, slipway }) => {
  for (const [role, families, landing] of SEES) {
    const page = await pageOf(browser, slipway, role);
    await page.goto('/');
    await expect(page.locator('main')).toHaveAttribute('data-page', landing);
    const rail = await page.locator('[data-nav]').evaluateAll((all) => all.map((one) => one.getAttribute('data-nav')));
    expect(rail, role).toEqual(families);
    await page.context().close();
  }
});

test('a viewer reads, and each button that is not theirs is off with the reason beside it', async ({ browser, slipway, api }) => {
  const port = await freePort();
  const workload = await api.launches('watched', ['python3', '-u', '-m', 'http.server', String(port)], port);
  const page = await pageOf(browser, slipway, 'viewer');

  await opens(page, '/workloads');
  const launch = page.getByRole('button', { name: 'Launch compute' });
  await expect(launch).toBeDisabled();
  await expect(launch).toHaveAccessibleDescription(/needs the role member/);
  await screenshotEverywhere(page, 'workbench-viewer');

  await opens(page, `/workloads/${workload.id}/operations`);
  const release = card(page, 'workload.release').getByRole('button');
  await expect(release).toBeDisabled();
  await expect(release).toHaveAccessibleDescription(/not yours to do/);
  await expect(page.getByText('See the node')).toHaveCount(0);

  await opens(page, '/compute/launch');
  const plan = page.getByRole('button', { name: 'See the plan…' });
  await expect(plan).toBeDisabled();
  await expect(plan).toHaveAccessibleDescription(/not yours to do/);
  await isAccessible(page);

  // Whoever sends the form all the same is refused.
  const form = { operation: 'workload.release', target: `workload:${workload.id}`, back: '/workloads' };
  const answered = await page.evaluate(async (fields) => {
    return (await fetch('/operations/plan', { method: 'POST', body: new URLSearchParams(fields) })).url;
  }, form);
  expect(answered).toContain('error=denied');
  expect((await api.reads<{ state: string }>(`/workloads/${workload.id}`)).state).toBe('running');
  await page.context().close();
  await api.releases(workload);
});

test('an auditor reads the nodes and can change nothing there', async ({ browser, slipway, api }) => {
  const node = await api.node('node-1');
  const page = await pageOf(browser, slipway, 'auditor');
  await opens(page, `/platform/nodes/${node.id}/operations`);
  for (const button of await page.locator('main').getByRole('button').all()) {
    await expect(button).toBeDisabled();
    await expect(button).toHaveAccessibleDescription(/not yours to do/);
  }
  await opens(page, '/platform/nodes');
  await expect(card(page, 'enrolment_token.issue').getByRole('button')).toBeDisabled();
  await page.context().close();
});

test("another project's workload is not there, for its page, its API and its operation", async ({ slipway, api }) => {
  const workload = await api.launches('foreign', ['sleep', '600']);
  await slipway.admin(['starter', '--project', 'the-others-too']);
  const stranger = await Api.as(slipway, await slipway.person('stranger', 'member', 'the-others-too'));
  for (const address of [`/workloads/${workload.id}`, `/workloads/${workload.id}/operations`, `/api/v1/workloads/${workload.id}`]) {
    expect((await stranger.asks('GET', address))[0], address).toBe(404);
  }
  const plan = { operation: 'workload.release', target: `workload:${workload.id}`, input: {} };
  expect((await stranger.asks('POST', '/api/v1/operations/plan', plan))[0]).toBe(404);
  expect(await stranger.items('/workloads?view=all')).toEqual([]);
  await api.releases(workload);
});

/** A page of somebody with this role in the first project. */
async function pageOf(browser: Browser, slipway: Slipway, role: string): Promise<Page> {
  const project = ['viewer', 'member'].includes(role) ? 'starter' : undefined;
  const email = `${role}@example.test`;
  const person = made.get(`${slipway.url} ${role}`) ?? slipway.person(role, role, project);
  made.set(`${slipway.url} ${role}`, person);
  const context = await browser.newContext({ baseURL: slipway.url });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') throw new Error(`the browser of ${email} complained: ${message.text()}`);
  });
  await comesIn(page, slipway.url, await person);
  return page;
}

const made = new Map<string, ReturnType<Slipway['person']>>();
