// Errors of the protocol, for what is no result of a tool.
import { ErrorCode } from '@modelcontextprotocol/sdk/types.js';
import { RouteRefusedError } from '../own-api.js';

/** The SDK's own error writes its code into the message, which clients do again. */
export class ProtocolError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
  ) {
    super(message);
  }
}

export const notFound = (what: string): ProtocolError =>
  new ProtocolError(ErrorCode.InvalidParams, `There is no such ${what}`);

/** Answers a route's refusal as an error of the protocol. */
export async function answering<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof RouteRefusedError)) throw error;
    const code = error.status >= 500 ? ErrorCode.InternalError : ErrorCode.InvalidParams;
    throw new ProtocolError(code, error.message);
  }
}
