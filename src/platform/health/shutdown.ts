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
 * @param log receives one entry when it stops, and one when it has stopped
 */
export function stopOnSignals(
  app: INestApplication,
  { delay, timeout }: ShutdownTimes,
  log: (line: object) => void = () => undefined,
): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals, wait: number) => {
    if (stopping) process.exit(1);
    stopping = true;
    log({ msg: 'stopping', signal });
    setTimeout(() => process.exit(1), (wait + timeout) * 1000).unref();
    close(app, wait).then(
      () => {
        log({ msg: 'stopped' });
        process.exit(0);
      },
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', () => stop('SIGTERM', delay));
  process.on('SIGINT', () => stop('SIGINT', 0));
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
