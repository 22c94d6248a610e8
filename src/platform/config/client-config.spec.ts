import { describe, expect, it } from '@jest/globals';
import { ClientConfigError, loadClientConfig } from './client-config.js';

const env = { THREADKEEP_URL: 'https://example.test/base', THREADKEEP_API_KEY: 'tk_environment' };

function refusal(
  flags: { url?: string; key?: string },
  environment: Record<string, string>,
): string {
  try {
    loadClientConfig(flags, environment);
  } catch (error) {
    if (error instanceof ClientConfigError) return error.message;
  }
  throw new Error('it was accepted');
}

describe('loadClientConfig', () => {
  it('reads the environment', () => {
    expect(loadClientConfig({}, env)).toEqual({
      url: 'https://example.test/base',
      apiKey: 'tk_environment',
    });
  });

  it('prefers flags', () => {
    expect(loadClientConfig({ url: 'http://other.test', key: 'tk_flag' }, env)).toEqual({
      url: 'http://other.test',
      apiKey: 'tk_flag',
    });
  });

  it('calls the server of this machine unless told otherwise, and takes empty for absent', () => {
    expect(loadClientConfig({ url: '', key: 'tk_flag' }, { THREADKEEP_URL: '' })).toEqual({
      url: 'http://127.0.0.1:3000',
      apiKey: 'tk_flag',
    });
  });

  it('says that the key is missing', () => {
    expect(refusal({}, {})).toBe('--key (or THREADKEEP_API_KEY) is missing');
  });

  it.each(['example.test', 'ftp://example.test', 'http://name:word@example.test', 'http://'])(
    'refuses the address %s',
    (url) => {
      expect(refusal({ url, key: 'tk_flag' }, {})).toBe(
        '--url (or THREADKEEP_URL) must be an http:// or https:// address',
      );
    },
  );

  it('reports everything at once, and never the key itself', () => {
    const message = refusal({ url: 'x', key: 'tk_se cret' }, {});
    expect(message).toContain('--url');
    expect(message).toContain('--key (or THREADKEEP_API_KEY) must be visible ASCII');
    expect(message).not.toContain('cret');
  });
});
