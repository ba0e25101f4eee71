// How a machine comes in, as an operator does it from the page.
import { expect, type Locator, type Page } from '@playwright/test';
import { answerOf, programFrom } from '../support/program.ts';
import { card, seesItSucceed } from './operations.ts';
import { startsThePlan } from './workloads.ts';
import { opens } from './entrance.ts';

/** An enrolment token: its id, which is no secret, and the command that shows it at the door. */
interface Issued {
  id: string;
  command: string;
}

/** Issues an enrolment token from the card on the nodes page, and copies the command that then stands there. */
export async function issuesAToken(page: Page): Promise<Issued> {
  await opens(page, '/platform/nodes');
  const before = await page.locator('[data-token]').evaluateAll((all) => all.map((one) => one.getAttribute('data-token')));
  await card(page, 'enrolment_token.issue').getByRole('button').click();
  await startsThePlan(page, 'Issue');
  await seesItSucceed(page);
  await opens(page, '/platform/nodes');
  const ids = await page.locator('[data-token]').evaluateAll((all) => all.map((one) => one.getAttribute('data-token')));
  const fresh = ids.filter((id) => !before.includes(id));
  expect(fresh).toHaveLength(1);
  const id = fresh[0] ?? '';
  const token = page.locator(`[data-token="${id}"]`);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const command = token.getByRole('group', { name: 'The command to run on the machine' });
  // A page that was just read anew forgets that it said "Copied"; what was copied is the fact.
  await expect(async () => {
    await token.getByRole('button', { name: /Cop/ }).click();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    await expect(command).toHaveText(copied, { timeout: 1000 });
  }).toPass();
  return { id, command: (await command.textContent()) ?? '' };
}

/** Runs the enrolling half of the command from the page, with a name and a folder of its own. */
export async function enrols(command: string, folder: string, name: string): Promise<void> {
  const [program, ...words] = command.split(' && ')[0]?.split(' ') ?? [];
  expect(program).toBe('slipway-node');
  await answerOf(programFrom('SLIPWAY_NODE_BIN'), [...words, '--name', name, '--data', folder]);
}

/** The row of a node on the nodes page. */
export function nodeRow(page: Page, name: string): Locator {
  return page.locator('tr[data-node]').filter({ has: page.getByRole('link', { name, exact: true }) });
}

/** A state on the page of one thing: of what it is, or of what operators want. */
export function badge(page: Page, state: string): Locator {
  return page.locator(`[data-field="header"] [data-state="${state}"]`);
}
