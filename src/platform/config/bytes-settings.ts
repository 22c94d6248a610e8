// Limits on the bytes that an answer, a context or a search may take, and on how much of such work
// runs at a time.
import type { z } from 'zod';
import { count } from './setting-kinds.js';

const MB = 1024 * 1024;

export const bytesSettings = {
  MAX_PAGE_BYTES: count(4 * MB, 1024 * MB),
  MAX_CONTEXT_BYTES: count(16 * MB, 1024 * MB),
  SEARCH_SCAN_MB: count(64, 65_536),
  SEARCH_BUILDS: count(2, 100),
  CONTEXT_BUILDS: count(4, 1_000),
  BULK_WRITES: count(4, 1_000),
};

/** Budgets in bytes of stored content, and limits of concurrent work. Work beyond a limit waits. */
export interface BytesConfig {
  /** Content of one page, or of the hits of one search. One row is always answered. */
  readonly page: number;
  /** Content of messages that one context reads. */
  readonly context: number;
  /** Content that one search by the database examines. */
  readonly scan: number;
  /** Concurrent builds of search indexes, and concurrent searches by the database. */
  readonly searchBuilds: number;
  readonly contextBuilds: number;
  /** Concurrent preparations of writes of many memories or messages. */
  readonly bulkWrites: number;
}

type BytesEnvironment = {
  [Name in keyof typeof bytesSettings]: z.infer<(typeof bytesSettings)[Name]>;
};

export const bytesConfig = (env: BytesEnvironment): BytesConfig =>
  Object.freeze({
    page: env.MAX_PAGE_BYTES,
    context: env.MAX_CONTEXT_BYTES,
    scan: env.SEARCH_SCAN_MB * MB,
    searchBuilds: env.SEARCH_BUILDS,
    contextBuilds: env.CONTEXT_BUILDS,
    bulkWrites: env.BULK_WRITES,
  });
