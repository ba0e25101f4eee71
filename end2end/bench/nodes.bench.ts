// How long a page takes while many nodes report, beside the same page before they came.
import { test } from '@playwright/test';
import { Api } from '../support/api.ts';
import { Slipway } from '../support/slipway.ts';
import { Crowd, residentMb } from './crowd.ts';

const NODES = Number(process.env.BENCH_NODES ?? 1000);
const ASKED = 400;
const PAGES = ['/workloads', '/platform/nodes', '/platform/ops'] as const;

/** Milliseconds, the shortest first. */
async function asks(url: string, cookie: string): Promise<number[]> {
  const took: number[] = [];
  for (let asked = 0; asked < ASKED; asked += 1) {
    const begun = performance.now();
    const answer = await fetch(url, { headers: { cookie, accept: 'text/html' } });
    await answer.text();
    if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
    took.push(performance.now() - begun);
  }
  return took.sort((one, other) => one - other);
}

const at = (took: number[], share: number) => took[Math.floor((took.length - 1) * share)] ?? Number.NaN;

async function signsIn(slipway: Slipway, person: { email: string; password: string }): Promise<string> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' };
  const answer = await fetch(`${slipway.url}/sign-in`, { method: 'POST', redirect: 'manual', headers, body: new URLSearchParams({ ...person }) });
  return answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
}

test('pages while many nodes report', async () => {
  const slipway = await Slipway.startEmpty('sqlite', { SLIPWAY_ADMIT_SIMULATED: 'true', SLIPWAY_HEARTBEAT_SECONDS: '15' });
  try {
    await slipway.admin(['starter']);
    const admin = await slipway.person('admin', 'platform_admin');
    const [api, cookie] = [await Api.as(slipway, admin), await signsIn(slipway, admin)];
    const before: Record<string, number[]> = {};
    for (const page of PAGES) before[page] = await asks(`${slipway.url}${page}`, cookie);
    const idle = await residentMb(slipway.serverPid);
    const begun = performance.now();
    const crowd = await Crowd.joins(slipway, api, NODES);
    const joined = (performance.now() - begun) / 1000;
    console.log(`\n${NODES} nodes were in service after ${joined.toFixed(0)} s\n`);
    console.log('| page | idle, median / p99, ms | with them | ratio of p99 | goal |\n|---|---|---|---|---|');
    for (const page of PAGES) {
      const [was, is] = [before[page] ?? [], await asks(`${slipway.url}${page}`, cookie)];
      const said = (took: number[]) => `${at(took, 0.5).toFixed(1)} / ${at(took, 0.99).toFixed(1)}`;
      console.log(`| ${page} | ${said(was)} | ${said(is)} | ${(at(is, 0.99) / at(was, 0.99)).toFixed(2)} × | < 2 × |`);
    }
    const [server, nodes] = [await residentMb(slipway.serverPid), await residentMb(crowd.pid)];
    console.log(`\nserver's memory: ${idle.toFixed(0)} MB before, ${server.toFixed(0)} MB with them; ${((nodes * 1024) / NODES).toFixed(0)} KB a simulated node`);
    await crowd.leaves();
  } finally {
    await slipway.stop();
  }
});
