// How pages are measured: one browser, one visit after the other, nothing beside it. `cargo xtask bench` starts it.
import config from '../playwright.config.ts';

export default {
  ...config,
  testMatch: '**/*.bench.ts',
  outputDir: '../results/bench/artifacts',
  workers: 1,
  timeout: 3_600_000,
  use: { ...config.use, trace: 'off' as const },
  projects: [{ name: 'bench' }],
};
