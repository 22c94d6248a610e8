// A page of the documentation costs what it needs itself: the others are rendered when they are asked for.
import { readdirSync } from 'node:fs';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Documentation } from '../../src/docs/documentation.js';
import { SLUGS } from '../../src/docs/navigation.js';
import { loadPages, Page } from '../../src/docs/pages.js';

const rendered = jest.spyOn(Page.prototype, 'rendered', 'get');
const addresses = (): string[] =>
  (rendered.mock.contexts as unknown as Page[]).map(({ address }) => address);

afterEach(() => void rendered.mockClear());

it('the documentation of a running service has every page of docs/', () => {
  const files = readdirSync('docs').filter((name) => name.endsWith('.md'));
  expect(files.map((name) => name.replace('.md', '')).sort()).toEqual([...SLUGS].sort());
});

describe('a first visit to the documentation', () => {
  it('renders the page that was asked for, and no other, even beside all titles', async () => {
    const documentation = await Documentation.load();
    const page = await documentation.at('/docs/start');
    expect(page?.body.toString()).toContain('What it does not do</a>');
    expect(addresses()).toEqual(['/docs/start']);
    await documentation.at('/docs/start');
    expect(addresses()).toHaveLength(1);
  });

  it('that searches renders all pages once, and lets other requests have their turn', async () => {
    const documentation = await Documentation.load();
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    expect(await documentation.searchPage('backup')).toContain('class="result"');
    isOver = true;
    expect(turns).toBeGreaterThan(1);
    expect(addresses()).toEqual([...(await loadPages()).keys()]);
    await documentation.searchPage('restore');
    expect(addresses()).toHaveLength(new Set(addresses()).size);
  });
});
