import { describe, expect, it } from '@jest/globals';
import type { FastifyRequest } from 'fastify';
import { ownOrigin } from './own-origin.js';

describe('the origin at which a client reached the service', () => {
  it.each([
    ['memory.example.com', 'https://memory.example.com'],
    ['127.0.0.1:3000', 'https://127.0.0.1:3000'],
    ['[::1]:3000', 'https://[::1]:3000'],
    ['memory.example.com/path', undefined],
    ['', undefined],
    ['a"b', undefined],
    ['a b', undefined],
    ['a, b', undefined],
    ['a:port', undefined],
  ])('by the host %j is %s', (host, origin) => {
    expect(ownOrigin({ protocol: 'https', host } as FastifyRequest)).toBe(origin);
  });
});
