// The REST API with a bearer token: how a test sets up what it needs, quickly and without a page.
import { randomUUID } from 'node:crypto';
import { until } from './facts.ts';
import type { Person, Slipway } from './slipway.ts';

/** What the tests read of a workload. */
export interface Workload {
  id: string;
  name: string;
  state: string;
}

/** What the tests read of an operation. */
export interface Operation {
  id: string;
  state: string;
  outcome: string | null;
  choices: { id: string }[];
}

/** What the tests read of a node. */
export interface Node {
  id: string;
  name: string;
  state: string;
  policy: string;
  simulated: boolean;
}

export class Api {
  private constructor(
    readonly url: string,
    readonly token: string,
  ) {}

  /** As this person. */
  static async as(slipway: Slipway, person: Person, scope = 'destructive'): Promise<Api> {
    const answer = await slipway.admin(['issue-token', '--email', person.email, '--expires', '1d', '--scope', scope]);
    const token = answer.match(/slw_\S+/)?.[0];
    if (!token) throw new Error(`no token in: ${answer}`);
    return new Api(slipway.url, token);
  }

  /** Asks, and returns the status and the answer. */
  async asks<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<[number, T]> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      redirect: 'manual',
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return [answer.status, (answer.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text) as T];
  }

  /** Reads what must be there. */
  async reads<T>(path: string): Promise<T> {
    const [status, answer] = await this.asks<T>('GET', `/api/v1${path}`);
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(answer)}`);
    return answer;
  }

  async items<T>(path: string): Promise<T[]> {
    return (await this.reads<{ items: T[] }>(path)).items;
  }

  async node(name: string): Promise<Node> {
    return until(`a node ${name}`, async () => (await this.items<Node>('/nodes')).find((node) => node.name === name));
  }

  /** Makes a plan and returns what was answered. */
  async plans(operation: string, target: string, input: object = {}): Promise<{ hash: string; id: string }> {
    const [status, plan] = await this.asks<{ hash: string; id: string }>('POST', '/api/v1/operations/plan', { operation, target, input });
    if (status !== 200) throw new Error(`plan of ${operation}: ${status} ${JSON.stringify(plan)}`);
    return plan;
  }

  /** Plans and starts an operation. */
  async starts(operation: string, target: string, input: object = {}, confirmation?: string): Promise<string> {
    const { hash } = await this.plans(operation, target, input);
    const body = { plan_hash: hash, confirmation: confirmation ?? null };
    const [status, started] = await this.asks<{ id: string }>('POST', '/api/v1/operations', body, { 'idempotency-key': randomUUID() });
    if (status !== 202) throw new Error(`start of ${operation}: ${status} ${JSON.stringify(started)}`);
    return started.id;
  }

  /** Waits until an operation has come to its end, which must be a good one. */
  async sees(id: string): Promise<Operation> {
    const over = await until(`operation ${id} is over`, async () => {
      const operation = await this.reads<Operation>(`/operations/${id}`);
      return ['succeeded', 'failed', 'stuck', 'cancelled'].includes(operation.state) ? operation : undefined;
    });
    if (over.state !== 'succeeded') throw new Error(`operation ${id}: ${over.state}, ${over.outcome}`);
    return over;
  }

  /** Launches a workload and waits until it runs. */
  async launches(name: string, command: string[], port?: number): Promise<Workload> {
    const project = await this.project();
    const [sku] = await this.items<{ id: string }>('/skus');
    const input = { name, sku: sku?.id, command, ...(port === undefined ? {} : { port }) };
    await this.sees(await this.starts('workload.launch', `project:${project?.id}`, input));
    const found = (await this.items<Workload>('/workloads?view=all')).find((workload) => workload.name === name);
    if (!found) throw new Error(`${name} was launched and is not listed`);
    return found;
  }

  /** The first project, also of the pages: what other specs make is called so that it comes after it. */
  async project(): Promise<{ id: string; name: string }> {
    const projects = await this.items<{ id: string; name: string }>('/projects');
    const first = projects.find(({ name }) => name === 'starter');
    if (!first) throw new Error('there is no project named starter');
    return first;
  }

  /** Releases a workload and waits until it is gone. */
  async releases(workload: Workload): Promise<void> {
    await this.sees(await this.starts('workload.release', `workload:${workload.id}`, {}, workload.name));
  }
}
