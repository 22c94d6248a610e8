// Stops on SIGTERM and SIGINT: readiness first, then requests in flight, then the pools; and not for ever.
import type { Server } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { Lifecycle } from './lifecycle.js';

/** In seconds. */
export interface ShutdownTimes {
  /** How long it says that it is not ready, and serves all the same, so that a balancer can turn to others. */
  delay: number;
  /** How long requests in flight get after that. */
  timeout: number;
}

/** The timeout, or a second signal, ends the process at once. A person at a terminal (SIGINT) does not wait for a balancer. */
export function stopOnSignals(app: INestApplication, { delay, timeout }: ShutdownTimes): void {
  let stopping = false;
  const stop = (wait: number) => {
    if (stopping) process.exit(1);
    stopping = true;
    setTimeout(() => process.exit(1), (wait + timeout) * 1000).unref();
    close(app, wait).then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', () => stop(delay));
  process.on('SIGINT', () => stop(0));
}

async function close(app: INestApplication, wait: number): Promise<void> {
  app.get(Lifecycle).drain();
  if (wait > 0) {
    keepNoConnections(app.getHttpServer() as Server);
    await new Promise((resolve) => setTimeout(resolve, wait * 1000));
  }
  await app.close();
}

/** Each answer is the last on its connection: clients that hold one open go elsewhere with their next request, instead of losing it. */
function keepNoConnections(server: Server): void {
  server.prependListener('request', (_request, response) => (response.shouldKeepAlive = false));
}
