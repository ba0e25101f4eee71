// Simulated nodes: real enrolment, real sessions, made-up machines. They are admitted only where that was said, labelled on
// every page, carry workloads that run and fail, and are the same nodes after their process was killed.
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Api, type Node, type Workload } from '../support/api.ts';
import { until } from '../support/facts.ts';
import { expect } from '../support/server.ts';
import { ready, testWithSimulated } from '../support/simulated.ts';
import { isPage } from '../words/contract.ts';
import { comesIn, opens } from '../words/entrance.ts';
import { isAccessible, screenshotEverywhere } from '../words/looking.ts';

const NODES = 24;

const test = testWithSimulated(NODES);
test.setTimeout(180_000);

/** Starts a launch without waiting for its end. */
async function begins(api: Api, name: string, command: string[], port?: number): Promise<string> {
  const project = await api.project();
  const [sku] = await api.items<{ id: string }>('/skus');
  return api.starts('workload.launch', `project:${project.id}`, { name, sku: sku?.id, command, ...(port ? { port } : {}) });
}

async function isIn(api: Api, name: string, state: string): Promise<Workload> {
  return until(`${name} is ${state}`, async () => {
    const all = await api.items<Workload>('/workloads?view=all');
    return all.find((one) => one.name === name && one.state === state);
  });
}

test('two dozen simulated nodes carry workloads, are labelled everywhere, and are the same after a kill', async ({ browser, simulated }) => {
  const { slipway, admin, api } = simulated;
  const context = await browser.newContext({ baseURL: slipway.url });
  const page = await context.newPage();
  await api.launches('web', ['python3', '-m', 'http.server'], 8000);
  await begins(api, 'crashes', ['serve', 'simulate:exit-after=1s', 'simulate:signal=11']);
  await begins(api, 'ends', ['sleep', '1']);
  await begins(api, 'missing', ['nothing', 'simulate:no-start']);
  for (const [name, state] of [['crashes', 'failed'], ['ends', 'finished'], ['missing', 'failed']] as const) await isIn(api, name, state);

  await comesIn(page, slipway.url, admin);
  const looksRight = async (path: string, id: string, name: string) => {
    await opens(page, path);
    await isPage(page, id);
    await expect(page.locator('main [data-state="simulated"]').first()).toBeAttached();
    await isAccessible(page);
    await screenshotEverywhere(page, name);
  };
  await looksRight('/platform/nodes', 'nodes', 'simulated-nodes');
  await expect(page.locator('[data-node]')).toHaveCount(NODES);
  await expect(page.locator('[data-node] [data-state="simulated"]')).toHaveCount(NODES);
  await expect(page.locator('main header').first()).toContainText('all simulated');
  await looksRight('/workloads', 'workbench', 'simulated-workloads');
  await looksRight('/platform/ops', 'ops', 'simulated-ops');
  await looksRight('/compute/launch', 'launch_compute', 'simulated-launch');
  await looksRight('/find?q=sim-0', 'find', 'simulated-find');
  const web = await isIn(api, 'web', 'running');
  await looksRight(`/workloads/${web.id}`, 'workload', 'simulated-workload');
  await expect(page.locator('[data-field="header"]')).toContainText('Isolation simulated');
  await expect(page.locator('main')).toContainText('This program is simulated: nothing runs on this node.');
  const [first] = await ready(api);
  await looksRight(`/platform/nodes/${first?.id}`, 'node', 'simulated-node');
  await looksRight(`/platform/nodes/${first?.id}/capabilities`, 'node_capabilities', 'simulated-node-capabilities');

  const before = (await ready(api)).map(({ id }) => id);
  await context.close();
  await slipway.killsSimulation();
  await slipway.simulateAgain(NODES);
  await until('the same nodes are connected again', async () => {
    const connected = await Promise.all(before.map((id) => api.reads<{ header: { connected: boolean } }>(`/nodes/${id}`)));
    return connected.every(({ header }) => header.connected) || undefined;
  });
  expect((await ready(api)).map(({ id }) => id)).toEqual(before);
  await isIn(api, 'web', 'running');
  await api.releases(web);
});

test('a machine that is unplugged is missed, and comes back', async ({ browser, simulated }) => {
  const { slipway, admin, api } = simulated;
  const unplugged = join(slipway.simulatedFolder, 'unplugged');
  await appendFile(unplugged, 'sim-03\n');
  await until('it is missed', async () => ((await api.node('sim-03')).state === 'unreachable' ? true : undefined));
  expect((await api.node('sim-04')).state).toBe('ready');
  // Several entries of the rail count what needs somebody: it scrolls, and the page does not get wider.
  const context = await browser.newContext({ baseURL: slipway.url });
  const page = await context.newPage();
  await comesIn(page, slipway.url, admin);
  await opens(page, '/platform/ops');
  await expect(page.locator('[data-field="needs_action"]')).toContainText('sim-03');
  await expect(page.locator('[data-field="needs_action"] [data-state="simulated"]')).toBeVisible();
  await screenshotEverywhere(page, 'simulated-ops-unplugged');
  await context.close();
  await writeFile(unplugged, '');
  await until('it is back', async () => ((await api.node('sim-03')).state === 'ready' ? true : undefined));
});

test('a server that was not told to admits no simulated node, and says whom it refused', async ({ slipway, api, page, admin }) => {
  const simulation = await slipway.simulate(1);
  await until('it gives up', async () => simulation.hasEnded || undefined);
  expect(simulation.said).toContain('Reason: simulated_not_admitted');
  expect(simulation.said).toContain('--admit-simulated');
  expect((await api.items<Node>('/nodes')).filter((node) => node.simulated)).toEqual([]);
  await comesIn(page, slipway.url, admin);
  await page.goto('/platform/nodes/onboard');
  await isPage(page, 'onboardings');
  await expect(page.locator('main')).toContainText('This server admits no simulated nodes.');
});
