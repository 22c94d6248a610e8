import { nodeRedis } from '../optional-packages.js';

/** True for an answer of Redis itself, which therefore works. */
export const isErrorReply = (error: unknown): error is Error =>
  error instanceof nodeRedis().ErrorReply;
