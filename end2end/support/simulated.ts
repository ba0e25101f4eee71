// A Slipway of its own that admits simulated nodes, with some of them, for specs that look at many.
import { Api, type Node } from './api.ts';
import { until } from './facts.ts';
import { test } from './server.ts';
import { Slipway, type Person } from './slipway.ts';

export interface Simulated {
  slipway: Slipway;
  admin: Person;
  api: Api;
}

/** The test with `simulated`: so many nodes, all of them ready. */
export function testWithSimulated(nodes: number) {
  return test.extend<{ simulated: Simulated }>({
    simulated: async ({ database, page }, use) => {
      const slipway = await Slipway.startEmpty(database, { SLIPWAY_ADMIT_SIMULATED: 'true' });
      try {
        await slipway.admin(['starter']);
        const admin = await slipway.person('admin', 'platform_admin');
        const api = await Api.as(slipway, admin);
        await slipway.simulate(nodes);
        await until('all nodes are ready', async () => (await ready(api)).length === nodes || undefined, { whyNot: () => slipway.said });
        await use({ slipway, admin, api });
      } finally {
        // A page that is open would miss its server, and say so.
        await page.close();
        await slipway.stop();
      }
    },
  });
}

/** The simulated nodes that are ready. */
export async function ready(api: Api): Promise<Node[]> {
  return (await api.items<Node>('/nodes?limit=200')).filter(({ state, simulated }) => state === 'ready' && simulated);
}
