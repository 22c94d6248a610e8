import { EgressError } from '../../platform/egress/index.js';
import { type McpFaultReason } from './mcp-server.js';

/**
 * Why a check failed. `detail` is our own text: texts of the server or of a library could contain a
 * secret.
 */
export class McpFault extends Error {
  override readonly name = 'McpFault';

  constructor(
    readonly reason: McpFaultReason,
    readonly detail: string,
  ) {
    super(detail);
  }
}

const NOT_UNDERSTOOD = new McpFault(
  'protocol',
  'The server does not speak the Model Context Protocol as expected.',
);

function ofEgress({ reason, message }: EgressError): McpFault {
  if (reason === 'too_large') return new McpFault('too_large', message);
  if (reason === 'too_slow') return new McpFault('timeout', message);
  if (reason === 'redirect') return new McpFault('redirected', message);
  if (reason === 'unresolved') return new McpFault('unreachable', message);
  return new McpFault('refused_address', message);
}

function ofStatus(status: number): McpFault {
  if (status === 401 || status === 403)
    return new McpFault(
      'unauthorized',
      `The server answered ${status}: it refuses these credentials.`,
    );
  if (status >= 300 && status < 400)
    return new McpFault(
      'redirected',
      `The server answered ${status} without a redirect that can be followed. Check the URL of the MCP server.`,
    );
  return new McpFault('protocol', `The server answered ${status}.`);
}

/** Returns the HTTP status that the SDK attaches to the errors of its transports. */
function statusOf(error: Error): number | null {
  const { code } = error as { code?: unknown };
  if (typeof code === 'number' && code >= 300 && code < 600) return code;
  // The SSE transport reports the status of a POST only in its message.
  const said = /^Error POSTing to endpoint \(HTTP (\d{3})\)/.exec(error.message)?.[1];
  return said === undefined ? null : Number(said);
}

/** Converts any error of a check to a fault. */
export function toMcpFault(error: unknown): McpFault {
  const egress = EgressError.behind(error);
  if (egress) return ofEgress(egress);
  if (error instanceof McpFault) return error;
  if (!(error instanceof Error) || error.name === 'McpError') return NOT_UNDERSTOOD;
  const status = statusOf(error);
  if (status !== null) return ofStatus(status);
  if (isConnectionError(error))
    return new McpFault('unreachable', 'The server cannot be reached, or it hung up.');
  return NOT_UNDERSTOOD;
}

/** Recognizes connection errors of undici's fetch and of EventSource. */
const isConnectionError = (error: Error): boolean =>
  (error instanceof TypeError && /^(?:fetch failed|terminated)$/.test(error.message)) ||
  /^SSE error: (?:TypeError: )?(?:fetch failed|terminated)/.test(error.message);
