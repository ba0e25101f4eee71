// The `test` every spec imports: a Slipway of the worker's own, its people, and a page whose console stays empty.
import { test as base, expect } from '@playwright/test';
import type { DatabaseKind } from './database.ts';
import { Api } from './api.ts';
import { until } from './facts.ts';
import { Slipway, type Person } from './slipway.ts';

/** What a project of `playwright.config.ts` decides. */
export interface Settings {
  database: DatabaseKind;
}

interface OfTheWorker extends Settings {
  slipway: Slipway;
  /** May do everything on the platform and in every project. */
  admin: Person;
  /** The same person with a token. */
  api: Api;
}

interface OfTheTest {
  /** Complaints of the browser while the test ran; the test fails if there is one. */
  complaints: string[];
}

export const test = base.extend<OfTheTest, OfTheWorker>({
  database: ['sqlite', { option: true, scope: 'worker' }],
  slipway: [
    async ({ database }, use) => {
      const slipway = await Slipway.start(database);
      await use(slipway);
      await slipway.stop();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  admin: [async ({ slipway }, use) => use(await slipway.person('admin', 'platform_admin')), { scope: 'worker' }],
  api: [
    async ({ slipway, admin }, use) => {
      const api = await Api.as(slipway, admin);
      await until('the first node is ready', async () => ((await api.node('node-1')).state === 'ready' ? true : undefined), {
        whyNot: () => slipway.said,
      });
      await use(api);
    },
    { scope: 'worker', auto: true, timeout: 120_000 },
  ],
  baseURL: async ({ slipway }, use) => use(slipway.url),
  complaints: [
    async ({ page, slipway }, use, info) => {
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      await use(complaints);
      if (info.status !== info.expectedStatus) await info.attach('programs', { body: slipway.said, contentType: 'text/plain' });
      expect(complaints, 'the browser complained').toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };
