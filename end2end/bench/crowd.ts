// Many simulated nodes in one process, and what a process takes.
import { readFile } from 'node:fs/promises';
import type { Api } from '../support/api.ts';
import { until } from '../support/facts.ts';
import type { Program } from '../support/program.ts';
import type { Slipway } from '../support/slipway.ts';

/** What the list of nodes counts. */
export interface Counts {
  counts: { in_service: number; unreachable: number };
}

export class Crowd {
  private constructor(private readonly program: Program) {}

  /** So many nodes enrol, each with a token of its own, and report until they leave. */
  static async joins(slipway: Slipway, api: Api, count: number): Promise<Crowd> {
    const program = await slipway.simulate(count);
    const ready = async () => ((await api.reads<Counts>('/platform/nodes')).counts.in_service >= count ? true : undefined);
    await until(`${count} simulated nodes report`, ready, { whyNot: () => program.said, withinMs: 600_000 });
    return new Crowd(program);
  }

  get pid(): number {
    return this.program.pid;
  }

  /** While something is done nobody says anything; the connections stay. */
  async holdsStill<T>(meanwhile: () => Promise<T>): Promise<T> {
    process.kill(this.pid, 'SIGSTOP');
    try {
      return await meanwhile();
    } finally {
      process.kill(this.pid, 'SIGCONT');
    }
  }

  async leaves(): Promise<void> {
    await this.program.stop();
  }
}

/** What a process holds in memory. */
export async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1024;
}
