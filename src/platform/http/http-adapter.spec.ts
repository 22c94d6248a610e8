import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../config/config.js';
import { withoutLastSlash } from './dialects.js';
import { createHttpAdapter, requestTimeout } from './http-adapter.js';

describe('the server', () => {
  it.each([
    1, 1_023, 8_388_608, 12_000_001, 16_777_216, 33_554_431, 33_554_432, 50_331_647, 67_108_863,
    67_108_864,
  ])('can be made for bodies of up to %i bytes', async (bytes) => {
    const adapter = createHttpAdapter(loadConfig({ MAX_BODY_BYTES: String(bytes) }), {});
    expect(adapter.getInstance().initialConfig.bodyLimit).toBe(bytes);
    await adapter.close();
  });

  it('gives a body a second a megabyte, and never less than twelve', () => {
    expect([1, 8_388_608, 16_777_216, 67_108_864].map(requestTimeout)).toEqual([
      12_000, 12_000, 16_778, 67_109,
    ]);
  });

  it.each([
    ['/compat/mem0/v1/ping/', '/compat/mem0/v1/ping'],
    ['/compat/mem0/v1/memories/?user_id=a/', '/compat/mem0/v1/memories?user_id=a/'],
    ['/compat/mem0/v1/memories/?', '/compat/mem0/v1/memories?'],
    ['/compat/mem0/v1/ping//', '/compat/mem0/v1/ping/'],
    ['/compat/mem0/v1/ping', '/compat/mem0/v1/ping'],
    ['/compat/openai/v1/conversations/', '/compat/openai/v1/conversations'],
    ['/v1/memories/', '/v1/memories/'],
    ['/', '/'],
  ])('reads %s as %s', (url, read) => {
    expect(withoutLastSlash(url)).toBe(read);
  });
});
