// J4: a machine comes in with the command from the page, is drained while something on it will not stop, a person decides,
// and it is put back into service. And what the agents' door refuses.
import type { Page } from '@playwright/test';
import type { Api, Workload } from '../support/api.ts';
import { knocks } from '../support/door.ts';
import { until } from '../support/facts.ts';
import { connectionsTo, isListenedOn, processesOf } from '../support/processes.ts';
import { answerOf, programFrom } from '../support/program.ts';
import type { Slipway } from '../support/slipway.ts';
import { expect, test } from '../support/server.ts';
import { comesIn, opens, signIn } from '../words/entrance.ts';
import { isAccessible, screenshotEverywhere } from '../words/looking.ts';
import { badge, enrols, issuesAToken, nodeRow } from '../words/nodes.ts';
import { card, decides, isAsked, seesItSucceed } from '../words/operations.ts';
import { startsThePlan, stateOf } from '../words/workloads.ts';

const CHOICES = ['Wait', 'Evict', 'Undo'];

test('a machine is enrolled with the command from the page and appears by itself', async ({ context, page, slipway, admin }) => {
  await comesIn(page, slipway.url, admin);
  const { command } = await issuesAToken(page);
  await page.evaluate(() => Object.assign(globalThis, { sameDocument: true }));

  const folder = slipway.folderFor('second');
  await enrols(command, folder, 'second');
  await test.step('before its agent runs, its page says what it waits for', async () => {
    const waiting = await context.newPage();
    await opens(waiting, '/platform/nodes');
    await nodeRow(waiting, 'second').getByRole('link').click();
    await expect(waiting.locator('[data-awaited]')).toContainText("its agent's first heartbeat");
    await expect(waiting.locator('[data-awaited]')).toContainText('It is woken when that changes.');
    await screenshotEverywhere(waiting, 'node-enrolling');
    await waiting.close();
  });
  const second = slipway.runAgent('second', folder);
  await expect(nodeRow(page, 'second').locator('[data-state="ready"]')).toBeVisible();
  await expect(page.locator('[data-token]'), 'the token is used up').toHaveCount(0);
  expect(await page.evaluate(() => 'sameDocument' in globalThis), 'the page was not loaded again').toBe(true);

  await test.step('the agent is on the listener for agents, and nowhere else', async () => {
    const port = Number(new URL(slipway.agentsUrl).port);
    expect(await isListenedOn(port)).toBe(true);
    await until('a connection of the agent', async () => (await connectionsTo(port, second.agent.pid))[0]);
    expect(await connectionsTo(Number(new URL(slipway.url).port), second.agent.pid)).toEqual([]);
  });

  await test.step('without a certificate the door stays shut', async () => {
    const control = await knocks(slipway.agentsUrl, 'GET', '/agent/v1/control');
    expect(control.status).toBe(401);
    expect(JSON.parse(control.body)).toMatchObject({ status: 401, code: expect.any(String), detail: expect.stringMatching(/\S/) });
    expect((await knocks(slipway.agentsUrl, 'GET', '/platform/nodes')).status, 'pages are not served there').toBe(404);
    expect((await knocks(slipway.agentsUrl, 'POST', '/agent/v1/enrol', '{"nonsense":true}')).status).toBeLessThan(500);
    expect((await fetch(`${slipway.url}/agent/v1/control`)).status, 'agents are not served on the console').toBe(404);
  });

  await test.step('the same token with another key is refused, and is an incident on the page', async () => {
    await expect(enrols(command, slipway.folderFor('thief'), 'thief')).rejects.toThrow(/token/i);
    await expect(page.locator('[data-field="enrolment"]')).toContainText(/shown again from 127\.0\.0\.1 with another identity key/);
    await expect(nodeRow(page, 'thief')).toHaveCount(0);
  });

  await screenshotEverywhere(page, 'nodes-two');
  const other = await context.newPage();
  await opens(other, '/platform/nodes');
  await nodeRow(other, 'second').getByRole('link').click();
  await other.locator('[data-local-nav="node_certificate"]').click();
  await expect(other.locator('[data-state="good"]')).toBeVisible();
  await other.close();
});

test('a drain asks what to do with what will not stop: wait, evict, undo, each to its end, and resume', async ({ page, admin, api }) => {
  test.setTimeout(180_000);
  // Signed in just now: a choice that destroys something does not ask for the password again.
  await signIn(page, admin);
  const stubborn = await launchesStubborn(api, 'stubborn');
  const node = await api.node('node-1');

  await test.step('the drain asks', async () => {
    await drains(page, node.id, 1);
    await isAsked(page, CHOICES);
    await expect(page.locator('[data-field="attention"]')).toContainText('did not stop within 1 s');
    await isAccessible(page);
    await screenshotEverywhere(page, 'operation-asks');
    await opens(page, '/platform/nodes');
    await expect(page.locator('[data-field="needs_action"]')).toContainText('Drain node: node-1');
    await screenshotEverywhere(page, 'nodes-draining');
    await opens(page, `/platform/nodes/${node.id}`);
    const moving = page.locator('[data-under-way]').filter({ hasText: 'Drain node' });
    await expect(moving, 'its own page says why it is not moving').toContainText('did not stop within 1 s');
    await expect(moving.locator('[data-why="usually"]')).toHaveText(/^(usually .+, nine in ten under .+|duration not known yet)$/);
    await isAccessible(page);
    await screenshotEverywhere(page, 'node-draining');
    await moving.getByRole('link', { name: 'Decide' }).click();
    await isAsked(page, CHOICES);
  });

  await test.step('undo: the node is as it was, and the workload goes on', async () => {
    await decides(page, 'Undo', 'it may go on until tomorrow');
    await expect(stateOf(page)).toHaveAttribute('data-state', /^(failed|cancelled)$/, { timeout: 30_000 });
    await opens(page, `/platform/nodes/${node.id}`);
    await expect(badge(page, 'in_service')).toBeVisible();
    expect((await api.reads<Workload>(`/workloads/${stubborn.id}`)).state).toBe('running');
  });

  await test.step('wait: it looks on, and asks again', async () => {
    // The same plan as before: it is another drain all the same.
    await drains(page, node.id, 1);
    await isAsked(page, CHOICES);
    await decides(page, 'Wait', 'give it one more second');
    await isAsked(page, CHOICES);
  });

  await test.step('evict: it is killed, seen to be gone, and the node is empty', async () => {
    await decides(page, 'Evict', 'it will never stop');
    await seesItSucceed(page);
    expect(await processesOf(STUBBORN)).toEqual([]);
    await opens(page, `/workloads/${stubborn.id}`);
    await expect(stateOf(page)).toHaveAttribute('data-state', 'stopped');
    await opens(page, `/platform/nodes/${node.id}`);
    await expect(badge(page, 'cordoned')).toBeVisible();
    await screenshotEverywhere(page, 'node-cordoned');
    await opens(page, '/platform/nodes');
    await expect(nodeRow(page, 'node-1').locator('[data-state="cordoned"]')).toBeVisible();
  });

  await test.step('resume', async () => {
    await resumes(page, node.id);
    await opens(page, `/platform/nodes/${node.id}/activity`);
    await expect(page.locator('main')).toContainText('it will never stop');
    await expect(page.locator('main')).toContainText(admin.email);
    await screenshotEverywhere(page, 'node-activity-full');
  });
});

test('what is waited for may stop by itself, and the drain goes on', async ({ page, slipway, admin, api }) => {
  test.setTimeout(120_000);
  await comesIn(page, slipway.url, admin);
  const patient = await launchesStubborn(api, 'patient');
  const node = await api.node('node-1');
  await drains(page, node.id, 5);
  await isAsked(page, CHOICES);
  await decides(page, 'Wait', 'somebody ends it by hand');
  const [process_] = await processesOf(STUBBORN);
  if (!process_) throw new Error('it does not run');
  process.kill(process_.pid, 'SIGKILL');
  await seesItSucceed(page);
  await opens(page, `/workloads/${patient.id}`);
  await expect(stateOf(page)).toHaveAttribute('data-state', 'stopped');
  await resumes(page, node.id);
});

test('the queue shows who is asked, and what comes about by itself asks nobody any more', async ({ page, slipway, admin, api }) => {
  test.setTimeout(120_000);
  await comesIn(page, slipway.url, admin);
  await launchesStubborn(api, 'lonely');
  const node = await api.node('node-1');
  await drains(page, node.id, 1);
  await isAsked(page, CHOICES);

  await opens(page, '/platform/ops');
  const asked = page.locator('[data-field="needs_action"]').getByRole('article').filter({ hasText: 'lonely did not stop' });
  await expect(asked).toContainText('Drain node: node-1');
  await expect(page.locator('[data-nav="ops"]')).toContainText('1 in need of action');
  await expect(page.locator('[data-field="running"]')).toContainText('Drain node');
  await screenshotEverywhere(page, 'ops-asks');
  await asked.getByRole('link', { name: 'Decide' }).click();
  await isAsked(page, CHOICES);

  for (const { pid } of await processesOf(STUBBORN)) process.kill(pid, 'SIGKILL');
  await seesItSucceed(page);
  await opens(page, '/platform/ops');
  await expect(asked).toHaveCount(0);
  await expect(page.locator('[data-field="ended"]')).toContainText('Drain node');
  await resumes(page, node.id);
});

/** Ignores being asked to stop. Its last word tells it from what other workers run on this machine. */
const STUBBORN = ['sh', '-c', 'trap "" TERM; while true; do sleep 1; done', `stubborn-${process.pid}`];

/** Launches it on the first node: the others take nothing meanwhile. */
async function launchesStubborn(api: Api, name: string): Promise<Workload> {
  for (const node of await api.items<{ id: string; name: string; policy: string }>('/nodes')) {
    if (node.name === 'node-1' || node.policy === 'cordoned') continue;
    await api.sees(await api.starts('node.drain', `node:${node.id}`, { grace_s: 1 }, 'confirmed'));
  }
  return api.launches(name, STUBBORN);
}

async function drains(page: Page, node: string, graceSeconds: number): Promise<void> {
  await opens(page, `/platform/nodes/${node}/operations`);
  await card(page, 'node.drain').getByLabel(/^Grace/).fill(String(graceSeconds));
  await card(page, 'node.drain').getByRole('button').click();
  await startsThePlan(page, 'Drain node');
}

async function resumes(page: Page, node: string): Promise<void> {
  await opens(page, `/platform/nodes/${node}/operations`);
  await card(page, 'node.resume').getByRole('button').click();
  await startsThePlan(page, 'Resume');
  await seesItSucceed(page);
  await opens(page, `/platform/nodes/${node}`);
  await expect(badge(page, 'in_service')).toBeVisible();
}
