// What a workload uses, measured for real: it burns and holds memory, the chart says how much; its agent is gone for a
// while, and the line has a gap there.
import { until } from '../support/facts.ts';
import type { Api } from '../support/api.ts';
import { expect, test } from '../support/server.ts';
import { comesIn, opens } from '../words/entrance.ts';
import { isAccessible, screenshotEverywhere } from '../words/looking.ts';

interface Series {
  measure: string;
  points: { at: string; coverage: string; figures: { avg: number; min: number; max: number } | null }[];
  gaps: { from: string; until: string }[];
  summary: { min: number; avg: number; max: number; last: number; last_at: string } | null;
  unknown: string | null;
}

interface Metrics {
  standing: string;
  measured_at: string | null;
  series: Series[];
}

const MIB = 1 << 20;
/** Half of one processor, and 96 MiB that are really touched. */
const BURNS = [
  'import time',
  'held = b"x" * (96 << 20)',
  'while True:',
  '    until = time.process_time() + 0.05',
  '    while time.process_time() < until: pass',
  '    time.sleep(0.05)',
].join('\n');

test('a workload that burns and holds memory is measured, and a silent agent is a gap in its line', async ({ page, slipway, admin, api }) => {
  test.setTimeout(300_000);
  const workload = await api.launches('burner', ['python3', '-c', BURNS]);
  await comesIn(page, slipway.url, admin);
  await opens(page, `/workloads/${workload.id}`);
  await page.locator('[data-local-nav="workload_metrics"]').click();
  await expect(page.locator('main')).toHaveAttribute('data-page', 'workload_metrics');

  await test.step('what is measured is what it does', async () => {
    const metrics = await until('it is measured for a while', async () => {
      const read = await metricsOf(api, workload.id);
      return of(read, 'cpu').points.filter(({ figures }) => figures).length >= 3 ? read : undefined;
    }, { withinMs: 90_000 });
    const [cpu, memory] = [of(metrics, 'cpu').summary, of(metrics, 'memory').summary];
    // It wants half a processor; it cannot use more than one, and gets what others leave of it.
    expect(cpu?.avg).toBeGreaterThan(30);
    expect(cpu?.max).toBeLessThan(1100);
    expect(memory?.last).toBeGreaterThan(96 * MIB);
    expect(memory?.last).toBeLessThan(300 * MIB);
    expect(of(metrics, 'processes').summary?.last).toBeGreaterThan(0);
    expect(of(metrics, 'gpu')).toMatchObject({ points: [], summary: null });
    expect(of(metrics, 'gpu').unknown).toContain('This node cannot tell use of GPUs.');
  });

  await test.step('the page shows it, by itself', async () => {
    const chart = page.locator('[data-series="memory"]');
    await expect(chart.locator('.chart-now')).toHaveText(/^\d+(\.\d)? MiB$/, { timeout: 30_000 });
    await expect(page.getByRole('img', { name: /Processors in use/ })).toBeVisible();
    await expect(page.locator('[data-field="standing"]')).toContainText('every 3 s');
    await page.getByText('The figures as a table').click();
    await expect(page.locator('details.figures tbody tr').first()).toContainText('MiB');
    // A page that reads itself again leaves open what somebody opened.
    const before = await page.locator('[data-freshness]').textContent();
    await expect(page.locator('[data-freshness]')).not.toHaveText(before ?? '', { timeout: 30_000 });
    await expect(page.locator('details.figures')).toHaveAttribute('open', '');
    await isAccessible(page);
  });

  await test.step('while its agent is silent nothing is made up, and afterwards there is a gap', async () => {
    process.kill(slipway.agentPid, 'SIGKILL');
    await expect(page.locator('[data-field="standing"]')).toContainText('Not measured since', { timeout: 60_000 });
    await until('a gap is told', async () => (of(await metricsOf(api, workload.id), 'cpu').gaps.length > 0 ? true : undefined), {
      withinMs: 90_000,
    });
    await screenshotEverywhere(page, 'metrics-silent');
    await slipway.startAgent();
    const metrics = await until('it is measured again', async () => {
      const read = await metricsOf(api, workload.id);
      const points = of(read, 'cpu').points;
      const gap = points.findLastIndex(({ coverage }) => coverage === 'gap');
      return points.slice(gap + 1).filter(({ figures }) => figures).length >= 2 && read.standing.startsWith('Measured') ? read : undefined;
    }, { withinMs: 90_000 });
    const { points, gaps } = of(metrics, 'cpu');
    expect(gaps).toHaveLength(1);
    const gap = points.findIndex(({ coverage }) => coverage === 'gap');
    expect(points[gap]?.figures).toBeNull();
    expect(points.slice(0, gap).some(({ figures }) => figures), 'there is a line before the gap').toBe(true);
    for (const { coverage, figures } of points) expect(figures !== null, coverage).toBe(['whole', 'partial'].includes(coverage));
    await expect(page.locator('[data-series="cpu"] .chart-missing')).toContainText('Not measured: ', { timeout: 30_000 });
    await screenshotEverywhere(page, 'metrics-gap');
  });

  await test.step('each window is an address', async () => {
    for (const [word, key] of [['2 h', '2h'], ['24 h', '24h'], ['14 d', '14d'], ['15 min', '']] as const) {
      await page.getByRole('navigation', { name: 'How far back' }).getByRole('link', { name: word, exact: true }).click();
      await expect(page).toHaveURL(key ? new RegExp(`/metrics\\?window=${key}$`) : /\/metrics$/);
      await expect(page.getByRole('link', { name: word, exact: true })).toHaveAttribute('aria-current', 'true');
      await expect(page.locator('[data-series="cpu"]')).toBeVisible();
    }
    await screenshotEverywhere(page, 'metrics');
  });

  await api.releases(workload);
  await opens(page, `/workloads/${workload.id}/metrics`);
  await expect(page.locator('[data-field="standing"]')).toContainText('It ended');
});

async function metricsOf(api: Api, id: string): Promise<Metrics> {
  return api.reads<Metrics>(`/workloads/${id}/metrics`);
}

function of(metrics: Metrics, measure: string): Series {
  const found = metrics.series.find((series) => series.measure === measure);
  return found ?? { measure, points: [], gaps: [], summary: null, unknown: null };
}
