import { McpError } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, it } from '@jest/globals';
import { EgressError, type EgressReason } from '../../platform/egress/index.js';
import { toMcpFault, McpFault } from './mcp-fault.js';

const withCode = (code: number, message = 'canary'): Error =>
  Object.assign(new Error(message), { code });

describe('the reason of a failed MCP check', () => {
  it.each<[EgressReason, string]>([
    ['invalid', 'refused_address'],
    ['scheme', 'refused_address'],
    ['host', 'refused_address'],
    ['address', 'refused_address'],
    ['port', 'refused_address'],
    ['redirect', 'redirected'],
    ['unresolved', 'unreachable'],
    ['too_large', 'too_large'],
    ['too_slow', 'timeout'],
  ])('is derived from the egress error %s', (said, reason) => {
    expect(toMcpFault(new EgressError(said)).reason).toBe(reason);
    expect(toMcpFault(new TypeError('fetch failed', { cause: new EgressError(said) })).reason).toBe(
      reason,
    );
  });

  it.each<[Error | string, string]>([
    [new McpFault('exited', 'It ended.'), 'exited'],
    [withCode(401), 'unauthorized'],
    [withCode(403), 'unauthorized'],
    [withCode(302), 'redirected'],
    [withCode(404), 'protocol'],
    [new Error('Error POSTing to endpoint (HTTP 401): canary'), 'unauthorized'],
    [new McpError(401, 'canary'), 'protocol'],
    [
      new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED canary') }),
      'unreachable',
    ],
    [new TypeError('Cannot read canary'), 'protocol'],
    [new SyntaxError('Unexpected token canary'), 'protocol'],
    ['canary', 'protocol'],
  ])('is derived from %s, and its text is not shown', (error, reason) => {
    const fault = toMcpFault(error);
    expect(fault.reason).toBe(reason);
    expect(fault.detail).not.toContain('canary');
  });
});
