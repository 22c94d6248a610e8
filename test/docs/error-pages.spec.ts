// Every error code has a page that says what it means, why it happens, and what to do.
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
// Loads every feature, which defines its errors.
import '../../src/app.module.js';
import { loadPages } from '../../src/docs/pages.js';
import { ErrorRegistry } from '../../src/platform/errors/index.js';

const pages = await loadPages();
const codes = ErrorRegistry.codes();
const sectionOf = (code: string, heading: string): string =>
  pages
    .get(`/docs/errors/${code}`)
    ?.rendered.sections.find((section) => section.heading === heading)
    ?.text.trim() ?? '';

describe('the pages of error codes', () => {
  it('are those of the registry', () => {
    expect(codes.length).toBeGreaterThan(150);
    expect([...pages.keys()].filter((address) => address.startsWith('/docs/errors/'))).toEqual(
      codes.map((code) => `/docs/errors/${code}`),
    );
  });

  it.each(codes)('%s: meaning, reason and remedy are sentences, and are not the same', (code) => {
    const { status, title } = ErrorRegistry.get(code)!;
    expect(sectionOf(code, code)).toBe(`${status} · ${title}.`);
    const [why, remedy] = [sectionOf(code, 'Why it happens'), sectionOf(code, 'What to do')];
    for (const text of [why, remedy]) expect(text).toMatch(/^.{20,}\.$/);
    expect(why).not.toBe(remedy);
  });

  it('have the titles that the table in docs/errors.md has', () => {
    const table = readFileSync('docs/errors.md', 'utf8');
    const listed = [...table.matchAll(/^\| `([^`]+)` \| \d{3} \| ([^|]+) \|/gm)];
    expect(listed.map(([, code, title]) => [code, title])).toEqual(
      codes.map((code) => [code, ErrorRegistry.get(code)!.title]),
    );
  });
});
