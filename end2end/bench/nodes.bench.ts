// What a server takes while many nodes report, beside the same server before they came; and what happens when all of them
// come back at one time.
import { readFile } from 'node:fs/promises';
import { setTimeout as passes } from 'node:timers/promises';
import { test } from '@playwright/test';
import { Api } from '../support/api.ts';
import { until } from '../support/facts.ts';
import { Slipway } from '../support/slipway.ts';
import { Crowd, residentMb, type Counts } from './crowd.ts';

const SIZES = (process.env.BENCH_NODES ?? '1000').split(',').map(Number);
const DATABASE = process.env.BENCH_DATABASE === 'postgres' ? 'postgres' : 'sqlite';
const HEARTBEAT_S = 15;
/** Long enough for every node to report several times. */
const WINDOW_S = 4 * HEARTBEAT_S;
const ASKED = 400;
/** So many take less time than the server needs to miss who holds still. */
const ASKED_IN_SILENCE = 200;
const PAGES = ['/workloads', '/platform/nodes', '/platform/ops'] as const;
/** Hertz of the ticks in /proc (USER_HZ on every Linux there is for us). */
const TICKS = 100;

/** Milliseconds, the shortest first. */
async function asks(url: string, cookie: string, times = ASKED): Promise<number[]> {
  const took: number[] = [];
  for (let asked = 0; asked < times; asked += 1) {
    const begun = performance.now();
    const answer = await fetch(url, { headers: { cookie, accept: 'text/html' } });
    await answer.text();
    if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
    took.push(performance.now() - begun);
  }
  return took.sort((one, other) => one - other);
}

const at = (took: number[], share: number) => took[Math.floor((took.length - 1) * share)] ?? Number.NaN;
const said = (took: number[]) => `${at(took, 0.5).toFixed(1)} / ${at(took, 0.99).toFixed(1)}`;

/** Seconds of processor time a process has taken since it began. */
async function cpuSeconds(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

async function signsIn(slipway: Slipway, person: { email: string; password: string }): Promise<string> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' };
  const answer = await fetch(`${slipway.url}/sign-in`, { method: 'POST', redirect: 'manual', headers, body: new URLSearchParams({ ...person }) });
  return answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
}

/** What both take while nothing but heartbeats happens, and the most nodes that were unreachable meanwhile. */
async function rests(slipway: Slipway, crowd: Crowd, api: Api): Promise<string> {
  const [server, simulator] = [await cpuSeconds(slipway.serverPid), await cpuSeconds(crowd.pid)];
  let lost = 0;
  for (let second = 0; second < WINDOW_S; second += 5) {
    await passes(5000);
    lost = Math.max(lost, (await api.reads<Counts>('/platform/nodes')).counts.unreachable);
  }
  const share = async (pid: number, before: number) => (((await cpuSeconds(pid)) - before) / WINDOW_S) * 100;
  const [of, beside] = [await share(slipway.serverPid, server), await share(crowd.pid, simulator)];
  return `at rest for ${WINDOW_S} s: server ${of.toFixed(0)} % of a core, simulator ${beside.toFixed(0)} %; ${lost} nodes missed`;
}

/** The server is restarted: everybody has lost it and comes back. */
async function storm(slipway: Slipway, cookie: string, nodes: number): Promise<string> {
  await slipway.restartServer();
  const begun = performance.now();
  const connected = async () => {
    const answer = await fetch(`${slipway.url}/metrics`, { headers: { cookie } });
    const sessions = /^slipway_agent_sessions (\d+)/m.exec(await answer.text())?.[1];
    return Number(sessions) >= nodes ? true : undefined;
  };
  await until(`${nodes} nodes are back`, connected, { withinMs: 600_000 });
  const settled = (performance.now() - begun) / 1000;
  return `after a restart all were connected again in ${settled.toFixed(0)} s; a page then ${said(await asks(`${slipway.url}/workloads`, cookie))} ms`;
}

for (const nodes of SIZES) {
  test(`pages while ${nodes} nodes report`, async () => {
    const settings = { SLIPWAY_ADMIT_SIMULATED: 'true', SLIPWAY_HEARTBEAT_SECONDS: String(HEARTBEAT_S) };
    const slipway = await Slipway.startEmpty(DATABASE, settings);
    try {
      await slipway.admin(['starter']);
      const admin = await slipway.person('admin', 'platform_admin');
      const [api, cookie] = [await Api.as(slipway, admin), await signsIn(slipway, admin)];
      const before: Record<string, number[]> = {};
      for (const page of PAGES) before[page] = await asks(`${slipway.url}${page}`, cookie);
      const idle = await residentMb(slipway.serverPid);
      const begun = performance.now();
      const crowd = await Crowd.joins(slipway, api, nodes);
      const joined = (performance.now() - begun) / 1000;
      console.log(`\n${DATABASE}: ${nodes} nodes were in service after ${joined.toFixed(0)} s`);
      console.log(await rests(slipway, crowd, api));
      console.log('\n| page | none enrolled, median / p99, ms | enrolled, nobody reports | they report | p99 by reporting | goal |\n|---|---|---|---|---|---|');
      for (const page of PAGES) {
        const url = `${slipway.url}${page}`;
        const silent = await crowd.holdsStill(() => asks(url, cookie, ASKED_IN_SILENCE));
        await until('all report again', async () => ((await api.reads<Counts>('/platform/nodes')).counts.in_service >= nodes ? true : undefined));
        await passes(HEARTBEAT_S * 1000);
        const is = await asks(url, cookie);
        const ratio = at(is, 0.99) / at(silent, 0.99);
        console.log(`| ${page} | ${said(before[page] ?? [])} | ${said(silent)} | ${said(is)} | ${ratio.toFixed(2)} × | < 2 × |`);
      }
      const [server, all] = [await residentMb(slipway.serverPid), await residentMb(crowd.pid)];
      console.log(`\nserver's memory: ${idle.toFixed(0)} MB before, ${server.toFixed(0)} MB with them; ${((all * 1024) / nodes).toFixed(0)} KB a simulated node`);
      console.log(await storm(slipway, cookie, nodes));
      await crowd.leaves();
    } finally {
      await slipway.stop();
    }
  });
}
