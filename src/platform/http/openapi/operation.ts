// What a handler says of its operation in the API document.
import { SetMetadata } from '@nestjs/common';
import type { AppErrorFactory } from '../../errors/index.js';

export interface OperationWords {
  /** An imperative of at most 60 characters, without a full stop. */
  summary: string;
  /** What the summary leaves out: effects, limits, the likely mistake. CommonMark. */
  description?: string;
  /**
   * Errors of the feature. Those that follow from what the route is (access, body, method) are
   * added.
   */
  errors?: readonly AppErrorFactory[];
  /**
   * Headers of a success: `ETag` (a GET then also takes `If-None-Match`), `Location`. Those of
   * pages and retries are added.
   */
  headers?: readonly ('ETag' | 'Location')[];
  /** Headers that only some successes have. */
  optionalHeaders?: readonly ('ETag' | 'Location')[];
}

export const OPERATION = Symbol('operation');

/** `@Operation({ summary: 'Create a task' })` on every handler; a test fails for one without it. */
export const Operation = (words: OperationWords) => SetMetadata(OPERATION, words);

export const IDEMPOTENCY_KEY = Symbol('takes an idempotency key');

/** Tells the API document that the route takes `Idempotency-Key`; part of `@IdempotentPost` and `@IdempotentPut`. */
export const TakesIdempotencyKey = () => SetMetadata(IDEMPOTENCY_KEY, true);
