// The line between browser and server: as fast as it is, or with a rate and a round trip. It lies below HTTP, so that it is the
// same for every kind of request, and counts the bytes that pass.
import { connect, createServer, type Server, type Socket } from 'node:net';

/** What the line is like; zero means as it is. */
export interface Line {
  rttMs: number;
  downBitsPerSecond: number;
  upBitsPerSecond: number;
}

/** So much goes at a time: about four packets. */
const CHUNK = 5840;

/** One direction, shared by all connections: each chunk waits for those before it, then for half the round trip. */
class Direction {
  private free = 0;
  bytes = 0;

  constructor(
    private readonly bitsPerSecond: number,
    private readonly delayMs: number,
  ) {}

  carries(from: Socket, to: Socket, openAt: number): void {
    let last = Promise.resolve();
    from.on('data', (data: Buffer) => {
      this.bytes += data.length;
      for (let at = 0; at < data.length; at += CHUNK) {
        const chunk = data.subarray(at, at + CHUNK);
        const due = this.due(chunk.length, openAt);
        last = last.then(() => until(due)).then(() => void (to.destroyed || to.write(chunk)));
      }
    });
    from.on('end', () => void last.then(() => to.end()));
  }

  private due(bytes: number, openAt: number): number {
    const start = Math.max(performance.now(), this.free, openAt);
    this.free = this.bitsPerSecond > 0 ? start + (bytes * 8000) / this.bitsPerSecond : start;
    return this.free + this.delayMs;
  }
}

function until(due: number): Promise<void> | void {
  const left = due - performance.now();
  if (left > 0) return new Promise((resolve) => setTimeout(resolve, left));
}

export class Link {
  private constructor(
    readonly url: string,
    private readonly server: Server,
    private readonly down: Direction,
    private readonly up: Direction,
  ) {}

  /** A line to the server at `url`; the browser asks for it under the same host name. */
  static async to(url: string, line: Line): Promise<Link> {
    const target = new URL(url);
    const down = new Direction(line.downBitsPerSecond, line.rttMs / 2);
    const up = new Direction(line.upBitsPerSecond, line.rttMs / 2);
    const server = createServer((browser) => {
      const there = connect(Number(target.port), '127.0.0.1');
      // A connection costs one round trip before it carries anything.
      const openAt = performance.now() + line.rttMs;
      for (const socket of [browser, there]) {
        socket.setNoDelay(true);
        socket.on('error', () => void (browser.destroy(), there.destroy()));
      }
      up.carries(browser, there, openAt);
      down.carries(there, browser, openAt);
      browser.on('close', () => there.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the link has no port');
    return new Link(`http://localhost:${address.port}${target.pathname}`, server, down, up);
  }

  /** Bytes so far, both ways. */
  get bytes(): number {
    return this.down.bytes + this.up.bytes;
  }

  close(): void {
    this.server.close();
  }
}
