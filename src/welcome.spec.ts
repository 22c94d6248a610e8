import { describe, expect, it } from '@jest/globals';
import { welcome } from './welcome.js';

const url = 'http://127.0.0.1:3000';

describe('the text printed at the start', () => {
  it('contains the addresses of the server, the console and the documentation', () => {
    expect(welcome(url, null)).toBe(
      `Threadkeep is ready at ${url}\nConsole: ${url}/\nDocumentation: ${url}/docs\n`,
    );
  });

  it('shows a new key on its own line with example commands', () => {
    const lines = welcome(url, 'tk_secret').split('\n');
    expect(lines).toContain('service key: tk_secret');
    expect(
      lines.filter((line) => line.includes('curl -s http://127.0.0.1:3000/v1/conversations')),
    ).toHaveLength(2);
  });
});
