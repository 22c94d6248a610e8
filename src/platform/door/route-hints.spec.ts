import { describe, expect, it } from '@jest/globals';
import { RouteHints } from './route-hints.js';

const hints = new RouteHints([
  'GET /v1/users',
  'POST /v1/users',
  'GET /v1/users/me',
  'PATCH /v1/users/:id',
  'DELETE /v1/users/:id',
  'GET /v1/conversations/:id/messages',
  'POST /mcp',
  'GET /docs',
  'GET /docs/*',
  'HEAD /docs/*',
]);

describe('hints about routes', () => {
  it.each([
    ['/v1/users', 'GET, HEAD, POST'],
    ['/v1/users/17', 'DELETE, PATCH'],
    ['/v1/users/me', 'DELETE, GET, HEAD, PATCH'],
    ['/mcp', 'POST'],
    ['/docs', 'GET, HEAD'],
    ['/docs/errors/any', 'GET, HEAD'],
    ['/document', ''],
    ['/docs/../nope', ''],
    ['/v1/users/', ''],
    ['/v1', ''],
    ['/', ''],
    ['', ''],
  ])('the methods of %s are %j', (path, methods) => {
    expect(hints.methodsOf(path)).toBe(methods);
  });

  it.each([
    ['/users', '/v1/users'],
    ['/users/17', '/v1/users/17'],
    ['/v1/users/', '/v1/users'],
    ['/v1/users///', '/v1/users'],
    ['/v1/user', '/v1/users'],
    ['/v1/Users', '/v1/users'],
    ['/conversation/17/messages', '/v1/conversations/17/messages'],
    ['/v1/conversations/17/mesages', '/v1/conversations/17/messages'],
    ['/v1/conversation/17/mesages', undefined],
    ['/v1/conversations//messages', undefined],
    ['/v1/threads', undefined],
    ['/api/v1/users', '/v1/users'],
    ['/api/users/17', '/v1/users/17'],
    ['/v1/v1/users', '/v1/users'],
    ['/V1/users', '/v1/users'],
    ['/api/v2/users', undefined],
    ['/v2/users', undefined],
    ['/', undefined],
    ['', undefined],
  ])('%s may mean %j', (path, meant) => {
    expect(hints.near(path)).toBe(meant);
  });

  it.each([10_000, 20_000])('a path of %d slashes means nothing', (count) => {
    expect(hints.near('/'.repeat(count))).toBeUndefined();
    expect(hints.near('/users'.repeat(count))).toBeUndefined();
    expect(hints.methodsOf('/v1'.repeat(count))).toBe('');
  });
});
