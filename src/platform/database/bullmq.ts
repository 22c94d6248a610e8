// Loads the parts of BullMQ that are used. Its index brings along four other drivers and 10 MB.
import type * as Bullmq from 'bullmq';

/** `path` is that of a file within the package, which declares no other way to its parts (bullmq 6.7). */
export const bullmq = <Name extends keyof typeof Bullmq>(path: string) =>
  import(`bullmq/dist/cjs/${path}.js`) as Promise<Pick<typeof Bullmq, Name>>;
