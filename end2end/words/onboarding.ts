// Bringing a machine in, as an operator does it with the wizard.
import { expect, type Locator, type Page } from '@playwright/test';
import { programFrom } from '../support/program.ts';
import { execFile } from 'node:child_process';
import { isPage } from './contract.ts';
import { card, seesItSucceed } from './operations.ts';
import { startsThePlan } from './workloads.ts';

/** The step that is looked at, by its stable word. */
export async function isAtStep(page: Page, step: string): Promise<void> {
  await isPage(page, 'onboarding');
  await expect(page.locator('nav [aria-current="step"]')).toHaveAttribute('data-step', step);
}

/** Goes to a step through the list of steps. */
export async function goesToStep(page: Page, step: string): Promise<void> {
  await page.locator(`nav [data-step="${step}"]`).click();
  await isAtStep(page, step);
}

/** Sends a form of the wizard, starts its plan, sees it succeed, and goes on from the operation's page. */
export async function carriesOut(page: Page, operation: string, title: string): Promise<void> {
  await card(page, operation).getByRole('button').first().click();
  await startsThePlan(page, title);
  await seesItSucceed(page);
  await page.locator('[data-field="made"]').click();
  await isPage(page, 'onboarding');
}

/** One of the four lamps. */
export function lamp(page: Page, sign: string): Locator {
  return page.locator(`[data-lamp="${sign}"]`);
}

/** What a person at the machine's terminal sees. */
export interface Terminal {
  succeeded: boolean;
  text: string;
}

/** Runs the enrolling half of a command from the page in a folder of its own. */
export async function enrols(command: string, folder: string, extra: string[] = []): Promise<Terminal> {
  const [program, ...words] = command.split(' && ')[0]?.split(' ') ?? [];
  expect(program).toBe('slipway-node');
  return new Promise((resolve) => {
    execFile(programFrom('SLIPWAY_NODE_BIN'), [...words, ...extra, '--data', folder], (error, out, complaint) =>
      resolve({ succeeded: error === null, text: `${out}${complaint}` }),
    );
  });
}
