// Errors of the protocol, for what is no result of a tool.
import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js';
import { RouteRefusedError } from '../own-api.js';

export const notFound = (what: string): McpError =>
  new McpError(ErrorCode.InvalidParams, `There is no such ${what}`);

/** Answers a route's refusal as an error of the protocol. */
export async function answering<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof RouteRefusedError)) throw error;
    const code = error.status >= 500 ? ErrorCode.InternalError : ErrorCode.InvalidParams;
    throw new McpError(code, error.message);
  }
}
