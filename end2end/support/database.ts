// An empty database for one Slipway: a file of its own, or a fresh database in the tests' private PostgreSQL.
import { randomBytes } from 'node:crypto';
import { answerOf } from './program.ts';

export type DatabaseKind = 'sqlite' | 'postgres';

/** What the server is told; nothing for the embedded default. */
export async function freshDatabase(kind: DatabaseKind): Promise<string | undefined> {
  if (kind === 'sqlite') return undefined;
  const address = process.env.SLIPWAY_TEST_POSTGRES;
  if (!address) throw new Error('SLIPWAY_TEST_POSTGRES is not set');
  const name = `end2end_${randomBytes(6).toString('hex')}`;
  await answerOf('psql', [address, '--quiet', '--command', `CREATE DATABASE ${name}`]);
  const database = new URL(address);
  database.pathname = `/${name}`;
  return database.toString();
}
