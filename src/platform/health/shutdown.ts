// Stops on SIGTERM and SIGINT: readiness first, then requests in flight, then the pools; and not for ever.
import type { INestApplication } from '@nestjs/common';

/** `timeout` is in seconds; a second signal, or the timeout, ends the process at once. */
export function stopOnSignals(app: INestApplication, timeout: number): void {
  let stopping = false;
  const stop = () => {
    if (stopping) process.exit(1);
    stopping = true;
    setTimeout(() => process.exit(1), timeout * 1000).unref();
    app.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
