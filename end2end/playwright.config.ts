// How the end-to-end tests run: an installed Chromium, once per database, every worker with a Slipway of its own.
import { defineConfig } from '@playwright/test';
import type { Settings } from './support/server.ts';

/** Quiet, and as root without the sandbox that Chromium refuses root. */
const args = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];

const databases = process.env.SLIPWAY_TEST_POSTGRES ? (['sqlite', 'postgres'] as const) : (['sqlite'] as const);

export default defineConfig<object, Settings>({
  testDir: '.',
  testMatch: '**/*.spec.ts',
  outputDir: 'results/artifacts',
  // One text for both databases: what is read does not depend on where it is stored.
  snapshotPathTemplate: '{testFileDir}/aria/{arg}{ext}',
  reporter: [['list']],
  forbidOnly: true,
  retries: 0,
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  use: {
    colorScheme: 'light',
    viewport: { width: 1280, height: 800 },
    trace: 'retain-on-failure',
    launchOptions: { executablePath: process.env.SLIPWAY_CHROMIUM || '/usr/bin/chromium', args },
  },
  projects: databases.map((database) => ({ name: `chromium-${database}`, use: { database } })),
});
