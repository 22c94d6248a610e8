import { describe, expect, it } from '@jest/globals';
import { redacted } from './redaction.js';

describe('the answer of an MCP server', () => {
  it('is redacted, also where one secret is part of another', () => {
    const told = {
      'abcdef-9f3k': ['abcdef', 'xabcdef-9f3kx', 7, null],
      ok: { deep: 'abcdef-9f3' },
    };
    expect(redacted(told, ['abcdef', 'abcdef-9f3k'])).toEqual({
      '***': ['***', 'x***x', 7, null],
      ok: { deep: '***-9f3' },
    });
  });

  it('is redacted for URL-encoded, scheme-less and Basic-decoded secrets', () => {
    const basic = `Basic ${Buffer.from('ada:s3cret-word').toString('base64')}`;
    expect(redacted('?key=p%26ss%20word +p%26ss+word', ['p&ss word'])).toBe('?key=*** +***');
    expect(redacted(`you are ada:s3cret-word, by ${basic.slice(6)}`, [basic])).toBe(
      'you are ***, by ***',
    );
    expect(redacted('token-123', ['Bearer token-123'])).toBe('***');
  });

  it('keeps texts that equal a very short secret', () => {
    expect(redacted('abc', ['abc'])).toBe('abc');
  });
});
