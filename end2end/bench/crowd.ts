// Many simulated nodes in one process, and what a process takes.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Api } from '../support/api.ts';
import { until } from '../support/facts.ts';
import { Program, programFrom } from '../support/program.ts';
import type { Slipway } from '../support/slipway.ts';

interface Counts {
  counts: { in_service: number };
}

export class Crowd {
  private constructor(private readonly program: Program) {}

  /** So many nodes enrol, each with a token of its own, and report until they leave. */
  static async joins(slipway: Slipway, api: Api, count: number): Promise<Crowd> {
    const tokens = join(slipway.folder, 'tokens');
    await writeFile(tokens, await slipway.admin(['issue-enrolment-token', '--count', String(count)]));
    const data = ['--data', join(slipway.folder, 'crowd'), '--tokens', tokens];
    const words = ['simulate', '--nodes', String(count), '--server', slipway.agentsUrl, ...data];
    const program = new Program('slipway-node simulate', programFrom('SLIPWAY_NODE_BIN'), words);
    const ready = async () => ((await api.reads<Counts>('/platform/nodes')).counts.in_service >= count ? true : undefined);
    await until(`${count} simulated nodes report`, ready, { whyNot: () => program.said, withinMs: 600_000 });
    return new Crowd(program);
  }

  get pid(): number {
    return this.program.pid;
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
