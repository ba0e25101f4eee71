// Knocking at the agents' listener without a certificate, as a stranger does.
import { request } from 'node:https';

/** What the door said. */
export interface Refusal {
  status: number;
  body: string;
}

/** Asks for a path of the agents' listener without showing a certificate. */
export async function knocks(agentsUrl: string, method: string, path: string, body?: string): Promise<Refusal> {
  return new Promise((resolve, reject) => {
    // The server's certificate is of its own authority, which a stranger does not have.
    const asked = request(new URL(path, agentsUrl), { method, rejectUnauthorized: false, headers: { 'content-type': 'application/json' } });
    asked.once('error', reject);
    asked.once('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    asked.end(body);
  });
}
