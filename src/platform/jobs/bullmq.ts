// Loads single files of BullMQ. Its index would also load four other drivers, 10 MB of them.
import type * as Bullmq from 'bullmq';

/**
 * `path` names a file inside the package: the package (bullmq 6.7) exports no other way to its
 * parts.
 */
export const bullmq = <Name extends keyof typeof Bullmq>(path: string) =>
  import(`bullmq/dist/cjs/${path}.js`) as Promise<Pick<typeof Bullmq, Name>>;
