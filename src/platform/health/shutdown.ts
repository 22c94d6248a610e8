// Stops the process on SIGTERM and SIGINT, within a time limit. First readiness fails. Then the
// requests in flight end. Then the pools are closed.
import type { Server } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { Lifecycle } from './lifecycle.js';

/** In seconds. */
export interface ShutdownTimes {
  /**
   * For this time readiness fails and requests are still served, so that a load balancer turns to
   * other processes.
   */
  delay: number;
  /** The time for requests in flight after that. */
  timeout: number;
}

/**
 * Ends the process at once after the timeout, or at a second signal. SIGINT, from a terminal, skips
 * the delay.
 */
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

/**
 * Closes each connection after its answer, so that clients connect elsewhere and lose no request.
 */
function keepNoConnections(server: Server): void {
  server.prependListener('request', (_request, response) => (response.shouldKeepAlive = false));
}
