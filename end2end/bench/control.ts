// The control: a list of fifty rows, a detail page for each, a filter, one stylesheet, no script. What a page can be at best.
import { createServer, type Server } from 'node:http';
import { gzipSync } from 'node:zlib';

const STATES = ['running', 'starting', 'stopped', 'failed'] as const;
const STYLE = `:root{font:14px/1.5 system-ui,sans-serif;color:#1c1d22;background:#fff}body{margin:0}header{display:flex;gap:24px;padding:12px 24px;
border-bottom:1px solid #d9dbe1}main{padding:24px;max-width:1200px}h1{font-size:20px}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:8px 12px;border-bottom:1px solid #e7e8ec}dl{display:grid;grid-template-columns:160px 1fr;gap:8px 16px}`;

function page(title: string, body: string): string {
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>`;
  const links = '<link rel="icon" href="data:,"><link rel="stylesheet" href="/style.css">';
  const bar = '<header><b>Control</b><a href="/">Workloads</a><a href="/">Nodes</a></header>';
  return `<!doctype html><html lang="en"><head>${head}${links}</head><body>${bar}<main>${body}</main></body></html>`;
}

function rowsOf(count: number): { id: string; cells: string[] }[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `w-${String(i + 1).padStart(3, '0')}`,
    cells: [STATES[i % STATES.length] ?? '', String(1 << (i % 4)), `node-${(i * 7) % 40}`, `2026-08-${1 + (i % 28)} 10:0${i % 10}`],
  }));
}

/** Serves the control on a free port of this machine. */
export async function startControl(count: number): Promise<{ url: string; server: Server }> {
  const rows = rowsOf(count);
  const line = ({ id, cells }: (typeof rows)[number]) =>
    `<tr data-row="${id}"><td><a href="/w/${id}">${id}</a></td>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  const list = page('Workloads', `<h1>Workloads</h1><table><tbody>${rows.map(line).join('')}</tbody></table>`);
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://control').pathname;
    const found = rows.find((row) => path === `/w/${row.id}`);
    const detail = found && page(found.id, `<h1>${found.id}</h1><dl data-detail>${found.cells.map((cell) => `<dt>is</dt><dd>${cell}</dd>`).join('')}</dl>`);
    const isStyle = path === '/style.css';
    const body = isStyle ? STYLE : (detail ?? list);
    response.writeHead(200, {
      'content-type': isStyle ? 'text/css' : 'text/html; charset=utf-8',
      'content-encoding': 'gzip',
      'cache-control': isStyle ? 'public, max-age=31536000, immutable' : 'no-store',
    });
    response.end(gzipSync(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the control has no port');
  return { url: `http://localhost:${address.port}/`, server };
}
