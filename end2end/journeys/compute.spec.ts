// What can be launched: an operator puts a SKU on the offer, a member finds it among the cards, lets a key in and launches
// it; the price changes and what runs keeps its own; the SKU is retired and is not offered any more.
import { Api, type Workload } from '../support/api.ts';
import { expect, test } from '../support/server.ts';
import { comesIn, opens } from '../words/entrance.ts';
import { card } from '../words/operations.ts';
import { isAccessible, screenshotEverywhere } from '../words/looking.ts';
import { fact, rowOf, startsThePlan, stateOf } from '../words/workloads.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINqtL9J5fC367LBDn5U4a/0sjVVQo1sDQqCiDhu4/YgA';
const FINGERPRINT = 'SHA256:zs3aXkKa3+s3qop592Wqqt00ndlBFu2wt+8bWk3lClw';

test('a SKU is created, launched with a key, gets another price and is retired', async ({ browser, page, slipway, admin, api }) => {
  test.slow();
  await comesIn(page, slipway.url, admin);
  await opens(page, '/platform/config/skus');
  const create = card(page, 'sku.create');
  await create.getByLabel('Name').fill('slice-tiny');
  await create.getByLabel('Title').fill('Tiny slice');
  await create.getByLabel('vCPUs').fill('1');
  await create.getByLabel('Memory, GiB').fill('1');
  await create.getByLabel('Price per hour').fill('4,10');
  await create.getByRole('button', { name: /Create SKU/ }).click();
  await expect(create.getByLabel('Price per hour')).toHaveAccessibleDescription(/with a point/);
  await create.getByLabel('Price per hour').fill('4.10');
  await create.getByRole('button', { name: /Create SKU/ }).click();
  await startsThePlan(page, 'Create SKU');
  await expect(stateOf(page)).toHaveAttribute('data-state', 'succeeded');

  const member = await slipway.person('researcher', 'member', 'starter');
  const context = await browser.newContext({ baseURL: slipway.url });
  const theirs = await context.newPage();
  await comesIn(theirs, slipway.url, member);
  await opens(theirs, '/compute');
  const offer = theirs.locator('[data-sku]').filter({ hasText: 'Tiny slice' });
  await expect(offer).toContainText('$ 4.10 / h');
  await expect(offer).toContainText('About $ 98.40 a day');
  await offer.getByText('1 node considered, 1 can take it').click();
  await expect(offer.getByRole('link', { name: 'node-1' }), 'nodes are for operators').toHaveCount(0);
  await isAccessible(theirs);
  await screenshotEverywhere(theirs, 'compute');
  await offer.getByRole('link', { name: 'Launch' }).click();

  await expect(theirs.getByRole('radio', { name: /Tiny slice/ })).toBeChecked();
  await theirs.getByLabel('Name').fill('with-key');
  await theirs.getByLabel('Command', { exact: true }).fill("sh -c 'cat ~/.ssh/authorized_keys; sleep 600'");
  await theirs.getByText('Let in another key').click();
  await theirs.getByLabel('Another public key').fill('not a key');
  await theirs.getByRole('button', { name: 'See the plan…' }).click();
  await expect(theirs.getByLabel('Another public key')).toHaveAccessibleDescription(/no OpenSSH public key/);
  await theirs.getByLabel('Another public key').fill(`${KEY} ada@laptop`);
  await theirs.getByRole('button', { name: 'See the plan…' }).click();
  await expect(theirs.locator('main')).toContainText(FINGERPRINT);
  await expect(theirs.locator('main')).toContainText('about $ 4.10 an hour, $ 98.40 a day');
  await startsThePlan(theirs, 'Launch compute');
  await expect(stateOf(theirs)).toHaveAttribute('data-state', 'succeeded');
  await opens(theirs, '/workloads');
  await rowOf(theirs, 'with-key').getByRole('link', { name: 'with-key', exact: true }).click();
  await expect(theirs.getByText(KEY)).toBeVisible();

  const [tiny] = (await api.items<{ id: string; name: string }>('/skus')).filter(({ name }) => name === 'slice-tiny');
  await opens(page, `/platform/config/skus/${tiny?.id}`);
  await expect(fact(page, 'Held')).toHaveText('1 slot');
  await expect(card(page, 'sku.update').getByLabel('Price per hour')).toHaveValue('4.10');
  await card(page, 'sku.update').getByLabel('Price per hour').fill('5');
  await card(page, 'sku.update').getByRole('button').click();
  await startsThePlan(page, 'Update SKU');
  await expect(stateOf(page)).toHaveAttribute('data-state', 'succeeded');
  await theirs.reload();
  await expect(fact(theirs, 'Price')).toHaveText('$ 4.10 / h');
  await opens(theirs, '/compute');
  await expect(offer).toContainText('$ 5.00 / h');

  await opens(page, `/platform/config/skus/${tiny?.id}`);
  await expect(card(page, 'sku.update'), 'the card knows its last run').toContainText('Succeeded');
  await card(page, 'sku.retire').getByRole('button').click();
  await startsThePlan(page, 'Retire SKU');
  await expect(stateOf(page)).toHaveAttribute('data-state', 'succeeded');
  await expect(offer, 'the page looks again by itself').toHaveCount(0);
  const asked = await (await Api.as(slipway, member, 'operate')).asks('POST', '/api/v1/operations/plan', {
    operation: 'workload.launch',
    target: `project:${(await api.project()).id}`,
    input: { name: 'late', sku: tiny?.id, command: ['true'] },
  });
  expect(JSON.stringify(asked[1])).toContain('is not offered any more');
  await opens(page, '/platform/config/skus');
  await expect(page.locator(`[data-sku="${tiny?.id}"]`)).toContainText('Retired');
  await context.close();
  const [workload] = (await api.items<Workload>('/workloads')).filter(
    ({ name }) => name === 'with-key',
  );
  if (workload) await api.releases(workload);
});
