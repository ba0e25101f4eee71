// The queue of operators: what needs action is acknowledged with a reason, comes back when somebody reopens it.
import { expect, test } from '../support/server.ts';
import { isPage } from '../words/contract.ts';
import { comesIn, opens } from '../words/entrance.ts';
import { isAccessible, screenshotEverywhere } from '../words/looking.ts';
import { enrols, issuesAToken } from '../words/nodes.ts';
import { card, seesItSucceed } from '../words/operations.ts';

test('what was refused at the door is acknowledged with a reason and a scope, and reopened', async ({ page, slipway, admin }) => {
  await comesIn(page, slipway.url, admin);
  const { id, command } = await issuesAToken(page);
  await enrols(command, slipway.folderFor('rack-9'), 'rack-9');
  await expect(enrols(command, slipway.folderFor('rack-9-copy'), 'rack-9-copy')).rejects.toThrow(/token/i);

  await opens(page, '/platform/ops');
  const queue = page.locator('[data-field="needs_action"]');
  const refused = queue.locator('article.act').filter({ hasText: 'with another identity key' }).filter({ hasText: id });
  await expect(refused).toBeVisible();
  await screenshotEverywhere(page, 'ops-needs-action');
  await refused.getByRole('link', { name: 'Acknowledge…' }).click();
  const acknowledge = card(page, 'action_item.acknowledge');
  await expect(acknowledge.getByLabel('Item')).toHaveValue(/^incident:/);
  await expect(acknowledge).toBeInViewport();

  // Without a reason nothing happens, and what was chosen stays.
  await acknowledge.getByLabel('Hours').fill('3');
  await acknowledge.getByRole('button').click();
  await isPage(page, 'ops');
  await expect(acknowledge.getByLabel('Reason')).toHaveAccessibleDescription(/This is needed/);
  await expect(acknowledge.getByLabel('Hours')).toHaveValue('3');
  await expect(acknowledge.getByLabel('Item')).toHaveValue(/^incident:/);
  await acknowledge.getByLabel('Reason').fill('The rack was copied from an image; it is wiped tonight.');
  await acknowledge.getByRole('button').click();
  await isPage(page, 'plan');
  await expect(page.getByRole('main')).toContainText('Leave alone for 3 h: refused at the door');
  await page.locator('[data-field="confirm"] button').click();
  await isPage(page, 'operation');
  await seesItSucceed(page);
  await page.locator('[data-back]').click();
  await isPage(page, 'ops');
  await expect(refused).toHaveCount(0);
  const known = page.locator('[data-field="acknowledged"] li').filter({ hasText: 'it is wiped tonight' });
  await expect(known).toContainText('admin@example.test');
  await expect(known).toContainText('comes back in');
  await expect(page.locator('[data-field="safe_to_ignore"]')).toContainText('acknowledged');
  await isAccessible(page);
  await screenshotEverywhere(page, 'ops-acknowledged');

  await known.getByRole('button', { name: /Reopen/ }).click();
  await isPage(page, 'plan');
  await page.locator('[data-field="confirm"] button').click();
  await isPage(page, 'operation');
  await seesItSucceed(page);
  await page.locator('[data-back]').click();
  await expect(refused).toBeVisible();
  await expect(known).toHaveCount(0);
});
