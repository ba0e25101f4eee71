// Every page of the navigation contract, with real things on it: its place, its status, an answer to each of the five
// questions, the same without script, accessible, and fitting its window.
import { freePort } from '../support/processes.ts';
import { answerOf, programFrom } from '../support/program.ts';
import { Api } from '../support/api.ts';
import { expect, test as base } from '../support/server.ts';
import { answersTheFiveQuestions, isPage, standsInItsPlace, whatIsRead, type Route } from '../words/contract.ts';
import { comesIn, opens } from '../words/entrance.ts';
import { isAccessible, readsAsBefore, screenshotEverywhere } from '../words/looking.ts';

/** Where a route is looked at, and the target its back link leads to. */
interface Place {
  address: string;
  id: string;
  back?: string;
}

interface Scene {
  routes: Route[];
  place: (route: Route) => Place;
}

/** A running workload with a log, its node, a plan to release it, an operation that was carried out on the node. */
const test = base.extend<object, { scene: Scene }>({
  scene: [
    async ({ slipway, api }, use) => {
      const port = await freePort();
      const workload = await api.launches('shown', ['python3', '-u', '-m', 'http.server', String(port)], port);
      const node = await api.node('node-1');
      const [sku] = await api.items<{ id: string }>('/skus');
      const operation = await api.starts('node.probe', `node:${node.id}`);
      await api.sees(operation);
      const begun = await api.starts('onboarding.begin', 'platform:platform', { mode: 'manual', site: 'row 4' });
      await api.sees(begun);
      const plan = await api.plans('workload.release', `workload:${workload.id}`);
      const things: Record<string, { id: string; back?: string }> = {
        workload: { id: workload.id },
        config: { id: sku?.id ?? '' },
        node: { id: node.id },
        plan: { id: plan.id, back: `/workloads/${workload.id}` },
        // An onboarding has the digits of the operation that began it.
        onboarding: { id: begun.replace('op_', 'onb_') },
        operation: { id: operation, back: `/platform/nodes/${node.id}` },
        operation_evidence: { id: operation, back: `/operations/${operation}` },
      };
      const routes = JSON.parse(await answerOf(programFrom('SLIPWAY_BIN'), ['routes', '--json'])) as Route[];
      const link = await slipway.admin(['bootstrap-link']).catch(() => '');
      const place = (route: Route): Place => {
        if (route.id === 'first_administrator') return { address: link ? new URL(link).pathname : route.path, id: '' };
        // Nobody has the text of a link but who made it: this one is forged.
        if (route.id === 'invitation') return { address: '/invite/forged', id: '' };
        const thing = things[route.id] ?? things[route.id.split('_')[0] ?? ''] ?? { id: '' };
        return { ...thing, address: route.path.replace(':id', thing.id) };
      };
      await use({ routes, place });
      await api.releases(workload);
    },
    { scope: 'worker' },
  ],
});

test('each page stands in its place and answers the five questions', async ({ page, slipway, admin, scene }) => {
  test.slow();
  await comesIn(page, slipway.url, admin);
  expect(scene.routes.length).toBeGreaterThan(10);
  for (const route of scene.routes) {
    const place = scene.place(route);
    await test.step(route.id, async () => {
      const response = await page.goto(place.address);
      expect(response?.status(), place.address).toBe(200);
      await isPage(page, route.id);
      await expect(page.locator('html[data-hydrated]')).toBeAttached();
      await standsInItsPlace(page, route, place);
      await answersTheFiveQuestions(page, route);
      await readsAsBefore(page, route.id);
    });
  }
});

test('each page is reached through the rail, the local navs and links, without loading the document again', async ({ page, slipway, admin, scene }) => {
  await comesIn(page, slipway.url, admin);
  await opens(page, '/workloads');
  await page.evaluate(() => Object.assign(globalThis, { sameDocument: true }));
  for (const family of ['compute', 'access', 'account', 'ops', 'lifecycle', 'config', 'evidence', 'iam', 'workloads']) {
    await page.locator(`[data-nav="${family}"]`).click();
    await expect(page.locator('[data-nav][aria-current="page"]')).toHaveAttribute('data-nav', family);
  }
  await page.locator('main').getByRole('link', { name: 'shown', exact: true }).click();
  for (const route of scene.routes.filter(({ id, local_nav }) => id.startsWith('workload') && local_nav !== null)) {
    await page.locator(`[data-local-nav="${route.id}"]`).click();
    await isPage(page, route.id);
    await answersTheFiveQuestions(page, route);
  }
  await page.locator('[data-back]').click();
  await isPage(page, 'workbench');
  expect(await page.evaluate(() => 'sameDocument' in globalThis), 'the document was loaded once').toBe(true);
});

test('each page reads the same without script', async ({ browser, page, slipway, admin, scene }) => {
  test.slow();
  await comesIn(page, slipway.url, admin);
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: slipway.url });
  await context.addCookies(await page.context().cookies());
  const plain = await context.newPage();
  for (const route of scene.routes) {
    await test.step(route.id, async () => {
      const { address } = scene.place(route);
      await opens(page, address);
      const response = await plain.goto(address);
      expect(response?.status()).toBe(200);
      await answersTheFiveQuestions(plain, route);
      expect(await whatIsRead(plain), address).toEqual(await whatIsRead(page));
    });
  }
  await context.close();
});

test('each page is accessible and fits, in light, in dark and narrow', async ({ page, slipway, admin, scene }) => {
  test.setTimeout(300_000);
  await comesIn(page, slipway.url, admin);
  for (const route of scene.routes) {
    await test.step(route.id, async () => {
      await opens(page, scene.place(route).address);
      await isAccessible(page);
      await screenshotEverywhere(page, route.id);
    });
  }
});

test('who may not see a page is refused with its reason, and who may is let in', async ({ slipway, api, scene }) => {
  test.slow();
  const project = await api.project();
  for (const role of ['viewer', 'member', 'project_admin', 'operator', 'finance', 'auditor']) {
    const isOfProject = ['viewer', 'member', 'project_admin'].includes(role);
    const person = await slipway.person(`contract-${role}`, role, isOfProject ? project.name : undefined);
    const theirs = await Api.as(slipway, person, 'read');
    for (const route of scene.routes.filter(({ roles }) => roles.length > 0)) {
      const { address } = scene.place(route);
      const [status, text] = await theirs.asks<string>('GET', address);
      // An operation on a node is the platform's: a tenant is told nothing of it, and finance may not read it. A plan is its
      // maker's alone. Both pages are everybody's for what is their own.
      const isForeign = (route.id.startsWith('operation') && (isOfProject || role === 'finance')) || route.id === 'plan';
      const wanted = isForeign ? [403, 404] : route.roles.includes(role) ? [200] : [403, 404];
      expect(wanted, `${role} on ${address}`).toContain(status);
      expect(text).toContain('data-page="');
    }
  }
});

test('a thing that does not exist is a page with 404, a sentence and a way on', async ({ page, slipway, admin, complaints }) => {
  await comesIn(page, slipway.url, admin);
  const unknown = '0192f3a4b5c67d8e9fa0b1c2d3e4f506';
  const addresses = [
    `/workloads/wl_${unknown}`,
    `/workloads/wl_${unknown}/activity`,
    `/platform/nodes/node_${unknown}`,
    `/platform/config/skus/sku_${unknown}`,
    `/platform/nodes/onboard/onb_${unknown}`,
    `/platform/nodes/node_${unknown}/certificate`,
    `/operations/op_${unknown}`,
    `/operations/op_${unknown}/evidence`,
    `/operations/plans/plan_${unknown}`,
    '/nowhere',
  ];
  for (const address of addresses) {
    const response = await page.goto(address);
    expect(response?.status(), address).toBe(404);
    await expect(page.getByRole('alert')).toContainText(/There is no|no page/i);
    await expect(page.getByRole('alert').getByRole('link')).not.toHaveCount(0);
    await expect(page.locator('html[data-hydrated]')).toBeAttached();
  }
  await isAccessible(page);
  await screenshotEverywhere(page, 'not-found');
  expect(complaints.splice(0).filter((complaint) => !complaint.includes('404'))).toEqual([]);
});

test('who is not signed in is shown the door and comes back to where they wanted', async ({ page, admin }) => {
  await page.goto('/platform/nodes');
  await isPage(page, 'sign_in');
  await page.getByLabel('Email').fill(admin.email);
  await page.getByLabel('Password').fill(admin.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(/\/platform\/nodes$/);
  await isPage(page, 'nodes');
});
