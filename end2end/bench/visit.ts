// One visit in a browser that has nothing kept, and what it came to.
import type { Browser, BrowserContext, Cookie, Page } from '@playwright/test';
import { Link, type Line } from './link.ts';
import { probe, type Marks, type Seen } from './probe.ts';

/** A page that is measured. */
export interface Target {
  name: string;
  url: string;
  marks: Marks;
  cookies: Cookie[];
}

/** How the machine and the line of who visits are. */
export interface Profile extends Line {
  name: string;
  /** How many times slower the page's main thread runs. */
  cpu: number;
  /** For so long nothing passes before a page counts as quiet. */
  quietMs: number;
  /** A click without effect is made again after this. */
  lostMs: number;
}

export const PROFILES: readonly Profile[] = [
  { name: 'desktop', cpu: 1, rttMs: 0, downBitsPerSecond: 0, upBitsPerSecond: 0, quietMs: 800, lostMs: 4_000 },
  { name: 'slow', cpu: 4, rttMs: 150, downBitsPerSecond: 1_600_000, upBitsPerSecond: 750_000, quietMs: 1_500, lostMs: 12_000 },
];

/** In milliseconds from the start of the navigation, unless it says otherwise. */
export interface Figures {
  rows: number;
  interactive: number;
  /** Click to detail, on a page that was quiet. */
  click: number;
  /** On the line, both ways, headers included, until quiet. */
  kilobytes: number;
  requests: number;
  /** The parts of long tasks over 50 ms, until quiet. */
  blocking: number;
}

/** For so long anything is waited for. */
const PATIENCE_MS = 90_000;

/** So often is a page looked at for quiet. */
const MOST_TRIES = 15;

class Visit {
  readonly seen: Seen[] = [];
  requests = 0;
  private waiting: (() => void)[] = [];

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    readonly link: Link,
  ) {}

  static async begin(browser: Browser, target: Target, profile: Profile): Promise<Visit> {
    const link = await Link.to(target.url, profile);
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    await context.addCookies(target.cookies);
    const page = await context.newPage();
    const visit = new Visit(context, page, link);
    await context.exposeBinding('__seen', (_, seen: Seen) => visit.hears(seen));
    await page.addInitScript(probe, target.marks);
    page.on('request', (request) => void (request.url().startsWith('data:') || visit.requests++));
    const browserSide = await context.newCDPSession(page);
    await browserSide.send('Emulation.setCPUThrottlingRate', { rate: profile.cpu });
    await page.goto(link.url, { waitUntil: 'commit', timeout: PATIENCE_MS });
    return visit;
  }

  /** Waits for something that was seen after a moment. */
  async sees(kind: Seen['kind'], after = 0, forMs = PATIENCE_MS): Promise<Seen | undefined> {
    const until = performance.now() + forMs;
    for (;;) {
      const found = this.seen.find((seen) => seen.kind === kind && seen.at >= after);
      const left = until - performance.now();
      if (found || left <= 0) return found;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.waiting.push(() => void (clearTimeout(timer), resolve()));
      });
    }
  }

  async must(kind: Seen['kind'], after = 0): Promise<Seen> {
    const found = await this.sees(kind, after);
    if (!found) throw new Error(`${this.page.url()}: no ${kind} in ${PATIENCE_MS} ms`);
    return found;
  }

  /** When the first document began. */
  get began(): number {
    return this.seen.find(({ kind }) => kind === 'document')?.at ?? Number.NaN;
  }

  /** Waits until nothing has passed for a while; a page that stays live is given up to so many of these. */
  async isQuiet(forMs: number): Promise<void> {
    for (let [before, tries] = [-1, 0]; before !== this.link.bytes && tries < MOST_TRIES; tries += 1) {
      before = this.link.bytes;
      await new Promise((resolve) => setTimeout(resolve, forMs));
    }
  }

  async end(): Promise<void> {
    await this.context.close();
    this.link.close();
  }

  private hears(seen: Seen): void {
    this.seen.push(seen);
    for (const wake of this.waiting.splice(0)) wake();
  }
}

/** Looks at the list until it is quiet, and then at the first row's page. */
async function looks(browser: Browser, target: Target, profile: Profile): Promise<Omit<Figures, 'interactive'>> {
  const visit = await Visit.begin(browser, target, profile);
  try {
    const rows = (await visit.must('rows')).at - visit.began;
    // A stream that stays open says something now and then; what follows is what a first view costs.
    await visit.isQuiet(profile.quietMs);
    const long = visit.seen.filter(({ kind }) => kind === 'long');
    const blocking = long.reduce((sum, { took = 0 }) => sum + Math.max(0, took - 50), 0);
    const [kilobytes, requests] = [visit.link.bytes / 1000, visit.requests];
    const link = visit.page.locator(target.marks.link).first();
    const before = Date.now();
    await link.click({ noWaitAfter: true });
    const clicked = await visit.must('click', before - 1000);
    const detail = await visit.must('detail', clicked.at);
    return { rows, click: detail.at - (clicked.issued ?? clicked.at), kilobytes, requests, blocking };
  } finally {
    await visit.end();
  }
}

/** Clicks the first row as soon as it can be hit: when did the page begin to handle the click that led to the detail? */
async function clicks(browser: Browser, target: Target, profile: Profile): Promise<number> {
  const visit = await Visit.begin(browser, target, profile);
  try {
    const { x = 0, y = 0 } = await visit.must('link');
    for (;;) {
      await visit.page.mouse.click(x, y);
      const detail = await visit.sees('detail', 0, profile.lostMs);
      if (!detail) continue;
      const handled = visit.seen.filter(({ kind, at }) => kind === 'click' && at <= detail.at).at(-1);
      const painted = await visit.must('painted');
      return Math.max(handled?.at ?? Number.NaN, painted.at) - visit.began;
    }
  } finally {
    await visit.end();
  }
}

/** One round: two visits, each with nothing kept. */
export async function measures(browser: Browser, target: Target, profile: Profile): Promise<Figures> {
  return { ...(await looks(browser, target, profile)), interactive: await clicks(browser, target, profile) };
}
