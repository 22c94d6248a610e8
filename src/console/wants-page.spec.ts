import { describe, expect, it } from '@jest/globals';
import { wantsPage } from './wants-page.js';

describe('whether a client at / wants the page', () => {
  it.each([
    'text/html',
    'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
    'application/json, Text/HTML;q=0.9',
    'text/html;charset=utf-8',
    'text/html;q=0.01',
  ])('is true for %s', (accept) => {
    expect(wantsPage(accept)).toBe(true);
  });

  it.each([
    undefined,
    '',
    '*/*',
    'text/*',
    'application/json',
    'text/html;q=0',
    'text/html; q=0.000',
    'text/htmlx',
    'application/problem+json;profile="text/html"',
  ])('is false for %s', (accept) => {
    expect(wantsPage(accept)).toBe(false);
  });

  it('is decided in time that grows with the length of the header', () => {
    expect(wantsPage(`${'text/html;'.repeat(1_600)}q=0`)).toBe(true);
    expect(wantsPage(`${','.repeat(16_000)}text/html`)).toBe(true);
  });
});
