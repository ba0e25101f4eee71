// Starting the two programs under test, and stopping them for certain.
import { spawn, execFile, type ChildProcess } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** How long a program may take to end after it was asked to. */
const TIME_TO_END_MS = 10_000;

/** The path of a program under test; `cargo xtask test` names it. */
export function programFrom(variable: 'SLIPWAY_BIN' | 'SLIPWAY_NODE_BIN'): string {
  const path = process.env[variable];
  if (!path) throw new Error(`${variable} is not set: run the tests with \`cargo xtask test --only end2end\``);
  return path;
}

/** Runs a program to its end and returns what it answered; a failure carries its complaint. */
export async function answerOf(program: string, words: string[], options: { env?: NodeJS.ProcessEnv; input?: string } = {}) {
  // Ten thousand tokens are a few megabytes.
  const running = run(program, words, { env: { ...process.env, ...options.env }, maxBuffer: 64 * 1024 * 1024 });
  if (options.input !== undefined) running.child.stdin?.end(options.input);
  const { stdout } = await running;
  return stdout.trim();
}

/** A program that runs until it is stopped. Its lines are kept for the report of a failure. */
export class Program {
  private readonly process: ChildProcess;
  private readonly ended: Promise<void>;
  private lines = '';

  constructor(readonly name: string, path: string, words: string[], env: NodeJS.ProcessEnv = {}) {
    this.process = spawn(path, words, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const keep = (chunk: Buffer) => {
      this.lines = (this.lines + chunk.toString()).slice(-20_000);
    };
    this.process.stdout?.on('data', keep);
    this.process.stderr?.on('data', keep);
    this.ended = new Promise((resolve) => {
      this.process.once('exit', () => resolve());
      this.process.once('error', (error) => {
        this.lines += `\n${error.message}`;
        resolve();
      });
    });
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  get hasEnded(): boolean {
    return this.process.pid === undefined || this.process.exitCode !== null || this.process.signalCode !== null;
  }

  /** The last lines it wrote. */
  get said(): string {
    return this.lines;
  }

  /** As the power cut does it. */
  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.ended;
  }

  /** Asks it to end, and ends it if it does not. */
  async stop(): Promise<void> {
    if (this.hasEnded) return;
    this.process.kill('SIGTERM');
    const timer = setTimeout(() => this.process.kill('SIGKILL'), TIME_TO_END_MS);
    await this.ended;
    clearTimeout(timer);
  }
}
