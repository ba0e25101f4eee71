// Looking at the machine's processes and ports from outside, as a person at a shell does.
import { readdir, readFile, readlink } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { until } from './facts.ts';
import { answerOf } from './program.ts';

/** A process as `/proc` shows it. */
export interface Process {
  pid: number;
  words: string[];
  uid: number;
  /** Its ids, from the outermost pid namespace to its own. */
  pids: number[];
  pidNamespace: string;
}

/** The processes whose program and words are exactly these. */
export async function processesOf(words: string[]): Promise<Process[]> {
  return (await processes()).filter((process) => process.words.join('\0') === words.join('\0'));
}

/** The one process with these words, once there is one. */
export async function processOf(words: string[]): Promise<Process> {
  return until(`a process \`${words.join(' ')}\``, async () => (await processesOf(words))[0]);
}

/** The namespace of process ids that the tests themselves are in. */
export async function ownPidNamespace(): Promise<string> {
  return readlink('/proc/self/ns/pid');
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const listener = createServer();
    listener.once('error', reject);
    listener.listen(0, '127.0.0.1', () => {
      const { port } = listener.address() as AddressInfo;
      listener.close(() => resolve(port));
    });
  });
}

/** Whether somebody accepts connections on a port of this machine. */
export async function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect({ host: '127.0.0.1', port });
    const end = (accepted: boolean) => {
      connection.destroy();
      resolve(accepted);
    };
    connection.once('connect', () => end(true));
    connection.once('error', () => end(false));
  });
}

/** The connections a process has to a port of this machine, as `ss` lists them. */
export async function connectionsTo(port: number, pid: number): Promise<string[]> {
  const listed = await answerOf('ss', ['--tcp', '--numeric', '--processes', 'state', 'established', `( dport = :${port} )`]);
  return listed.split('\n').filter((line) => line.includes(`pid=${pid},`));
}

/** Whether `ss` shows a listener on a port. */
export async function isListenedOn(port: number): Promise<boolean> {
  const listed = await answerOf('ss', ['--tcp', '--numeric', '--listening', `( sport = :${port} )`]);
  return listed.includes('LISTEN');
}

/** Workloads outlive their agent on purpose; what a test leaves behind ends with the folder it lived in. */
export async function endsWhatIsLeftIn(folder: string): Promise<void> {
  for (const { pid, words } of await processes()) {
    if (!words.some((word) => word.startsWith(`${folder}/`))) continue;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself meanwhile.
    }
  }
}

async function processes(): Promise<Process[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(read));
  return found.filter((process) => process !== undefined);
}

async function read(pid: number): Promise<Process | undefined> {
  try {
    const [line, status, pidNamespace] = await Promise.all([
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
      readFile(`/proc/${pid}/status`, 'utf8'),
      readlink(`/proc/${pid}/ns/pid`),
    ]);
    const numbers = (name: string) => (status.match(new RegExp(`^${name}:(.*)$`, 'm'))?.[1] ?? '').trim().split(/\s+/).map(Number);
    return { pid, words: line.split('\0').slice(0, -1), uid: numbers('Uid')[0] ?? -1, pids: numbers('NSpid'), pidNamespace };
  } catch {
    // It ended while it was looked at.
    return undefined;
  }
}
