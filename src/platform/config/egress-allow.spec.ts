import { describe, expect, it } from '@jest/globals';
import { loadConfig } from './config.js';

describe('the hosts of EGRESS_ALLOW', () => {
  it.each([
    ['MCP.Example.com', 'mcp.example.com', null],
    ['mcp.internal:80', 'mcp.internal', 80],
    ['127.0.0.1:65535', '127.0.0.1', 65_535],
    ['::1', '::1', null],
    ['[0:0::1]:8080', '::1', 8080],
  ])('are read from %j', (EGRESS_ALLOW, host, port) => {
    expect(loadConfig({ EGRESS_ALLOW }).egressAllow).toEqual({
      hosts: [{ host, port }],
      ranges: [],
    });
  });
});
