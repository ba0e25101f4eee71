// A whole Slipway on free ports in a folder of its own: server, enrolled node agent, people.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshDatabase, type DatabaseKind } from './database.ts';
import { until } from './facts.ts';
import { answerOf, Program, programFrom } from './program.ts';
import { endsWhatIsLeftIn } from './processes.ts';

/** A node of its own, beside the first: its agent and where that keeps its data. */
export interface OtherNode {
  name: string;
  folder: string;
  agent: Program;
}

/** Somebody who can sign in. */
export interface Person {
  email: string;
  password: string;
}

/** What the server writes into `serve.json`. */
interface Addresses {
  console: string;
  agents: string;
}

let agents = 0;

/** Agents on one machine need users of their own, four for each one's slots: a slot's user ends with its workload. */
function ownUsers(): string[] {
  const first = 20_000 + ((process.pid * 61 + agents++) % 9_000) * 4;
  return ['--first-uid', String(first), '--allow-unconfined'];
}

export class Slipway {
  private server?: Program;
  private agent?: Program;
  private simulation?: Program;
  private readonly others: OtherNode[] = [];
  private addresses?: Addresses;

  private constructor(
    readonly folder: string,
    private readonly databaseUrl: string | undefined,
    private readonly settings: NodeJS.ProcessEnv,
  ) {}

  /** Starts a server on an empty database: nobody and nothing is there yet. `settings` are what its environment says besides. */
  static async startEmpty(kind: DatabaseKind, settings: NodeJS.ProcessEnv = {}): Promise<Slipway> {
    const slipway = new Slipway(await mkdtemp(join(tmpdir(), 'slipway-end2end-')), await freshDatabase(kind), settings);
    try {
      await slipway.startServer();
    } catch (error) {
      await slipway.stop();
      throw error;
    }
    return slipway;
  }

  /** The same, with one project, one SKU and this machine as its node. */
  static async start(kind: DatabaseKind, settings: NodeJS.ProcessEnv = {}): Promise<Slipway> {
    const slipway = await Slipway.startEmpty(kind, settings);
    try {
      await slipway.admin(['starter']);
      await slipway.enrolNode('node-1');
      await slipway.startAgent();
    } catch (error) {
      await slipway.stop();
      throw error;
    }
    return slipway;
  }

  /** Where the console answers. */
  get url(): string {
    if (!this.addresses) throw new Error('the server was not started');
    return this.addresses.console;
  }

  /** Where the agents' listener answers. */
  get agentsUrl(): string {
    if (!this.addresses) throw new Error('the server was not started');
    return this.addresses.agents;
  }

  /** The server's process. */
  get serverPid(): number {
    return this.server?.pid ?? 0;
  }

  /** The agent of the first node. */
  get agentPid(): number {
    return this.agent?.pid ?? 0;
  }

  /** Makes a person with a role, with the same command an operator types. */
  async person(name: string, role: string, project?: string): Promise<Person> {
    const person = { email: `${name}@example.test`, password: `long enough for ${name}` };
    const words = ['create-user', '--email', person.email, '--role', role, '--password-stdin'];
    await this.admin([...words, ...(project ? ['--project', project] : [])], `${person.password}\n`);
    return person;
  }

  /** Runs `slipway admin …` and returns its answer. */
  async admin(words: string[], input?: string): Promise<string> {
    const options = { env: this.environment(), ...(input === undefined ? {} : { input }) };
    return answerOf(programFrom('SLIPWAY_BIN'), ['admin', ...words, '--data', this.folder], options);
  }

  async startServer(faults: string[] = []): Promise<void> {
    await rm(join(this.folder, 'serve.json'), { force: true });
    const listen = ['--listen', '127.0.0.1:0', '--agents-listen', this.agentsListen()];
    const words = ['serve', '--data', this.folder, ...listen, ...faults.flatMap((fault) => ['--fault', fault])];
    const server = new Program('slipway serve', programFrom('SLIPWAY_BIN'), words, this.environment());
    this.server = server;
    this.addresses = await until('the server answers on /readyz', () => this.readyAddresses(server), {
      whyNot: () => server.said,
    });
  }

  /** Stops the server as an administrator would and starts it where it was. */
  async restartServer(): Promise<void> {
    await this.server?.stop();
    await this.startServer();
  }

  /** Enrols another agent of this machine, through the real enrolment. */
  async enrolNode(name: string): Promise<void> {
    const token = await this.admin(['issue-enrolment-token']);
    const words = ['enrol', '--server', this.addresses?.agents ?? '', '--token', token, '--name', name];
    await answerOf(programFrom('SLIPWAY_NODE_BIN'), [...words, '--data', this.nodeFolder]);
  }

  async startAgent(faults: string[] = []): Promise<void> {
    const words = ['run', '--data', this.nodeFolder, ...ownUsers(), ...faults.flatMap((fault) => ['--fault', fault])];
    this.agent = new Program('slipway-node run', programFrom('SLIPWAY_NODE_BIN'), words);
  }

  /** A folder for another agent's data; it goes when the rest goes. */
  folderFor(name: string): string {
    return join(this.folder, `node-${name}`);
  }

  /** Runs the agent of a node that was enrolled into `folder`. */
  runAgent(name: string, folder: string): OtherNode {
    const words = ['run', '--data', folder, ...ownUsers()];
    const agent = new Program(`slipway-node run (${name})`, programFrom('SLIPWAY_NODE_BIN'), words);
    const other = { name, folder, agent };
    this.others.push(other);
    return other;
  }

  /** Runs simulated nodes, with a token each for those that are not enrolled. */
  async simulate(nodes: number): Promise<Program> {
    const tokens = join(this.folder, 'tokens');
    await writeFile(tokens, await this.admin(['issue-enrolment-token', '--count', String(nodes)]), { mode: 0o600 });
    return this.simulateAgain(nodes, ['--tokens', tokens]);
  }

  /** Runs the same nodes again: they are enrolled. */
  simulateAgain(nodes: number, more: string[] = []): Program {
    const words = ['simulate', '--nodes', String(nodes), '--server', this.agentsUrl, '--data', this.simulatedFolder, ...more];
    this.simulation = new Program('slipway-node simulate', programFrom('SLIPWAY_NODE_BIN'), words);
    return this.simulation;
  }

  /** As the power cut does it. */
  async killsSimulation(): Promise<void> {
    await this.simulation?.kill();
  }

  /** Where the simulated nodes' data is. */
  get simulatedFolder(): string {
    return join(this.folder, 'simulated');
  }

  /** Stops both and removes their folder. */
  async stop(): Promise<void> {
    await Promise.all([this.agent?.stop(), this.simulation?.stop(), ...this.others.map(({ agent }) => agent.stop())]);
    await this.server?.stop();
    await endsWhatIsLeftIn(this.folder);
    await rm(this.folder, { recursive: true, force: true });
  }

  /** What both programs said last, for the report of a failure. */
  get said(): string {
    const others = this.others.map(({ name, agent }) => `\n--- node agent of ${name}\n${agent.said}`);
    return `--- server\n${this.server?.said ?? ''}\n--- node agent\n${this.agent?.said ?? ''}${others.join('')}`;
  }

  private get nodeFolder(): string {
    return join(this.folder, 'node');
  }

  /** The agents find a restarted server where it was. */
  private agentsListen(): string {
    return this.addresses ? new URL(this.addresses.agents).host : '127.0.0.1:0';
  }

  private environment(): NodeJS.ProcessEnv {
    const database = this.databaseUrl ? { SLIPWAY_DATABASE_URL: this.databaseUrl } : {};
    return { SLIPWAY_HEARTBEAT_SECONDS: '1', SLIPWAY_UNDO_WINDOW_SECONDS: '0', ...database, ...this.settings };
  }

  private async readyAddresses(server: Program): Promise<Addresses | undefined> {
    if (server.hasEnded) throw new Error(`the server ended before it was ready:\n${server.said}`);
    try {
      const addresses = JSON.parse(await readFile(join(this.folder, 'serve.json'), 'utf8')) as Addresses;
      const answer = await fetch(`${addresses.console}/readyz`);
      return answer.status === 200 ? addresses : undefined;
    } catch {
      // The file is not there yet, or nobody listens yet: ask again.
      return undefined;
    }
  }
}
