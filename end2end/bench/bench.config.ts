// How pages are measured: one browser, one visit after the other, nothing beside it. `cargo xtask bench` starts it.
import { defineConfig } from '@playwright/test';
import config from '../playwright.config.ts';

export default defineConfig(config, {
  testDir: '.',
  testMatch: '**/*.bench.ts',
  outputDir: '../results/bench/artifacts',
  workers: 1,
  timeout: 3_600_000,
  use: { trace: 'off' },
  projects: [{ name: 'pages' }],
});
