// Full-text search over the sections of the pages, in memory.
import MiniSearch from 'minisearch';
import { Slices } from '../platform/fairness/index.js';
import { escapeHtml, MAX_QUERY_LENGTH } from './layout.js';
import type { Page } from './pages.js';

const MAX_TERMS = 8;
/** One letter is in nearly every section. */
const MIN_WORD_LENGTH = 2;
const MAX_RESULTS = 20;
const EXCERPT_LENGTH = 200;

interface Entry {
  id: number;
  address: string;
  page: string;
  heading: string;
  text: string;
}

export interface SearchResult {
  address: string;
  title: string;
  excerpt: string;
}

export class PageSearch {
  private readonly index = new MiniSearch<Entry>({
    fields: ['page', 'heading', 'text'],
    storeFields: ['address', 'page', 'heading', 'text'],
  });

  private constructor() {}

  /** Renders all pages and indexes their sections, in slices between other requests. */
  static async of(pages: Iterable<Page>): Promise<PageSearch> {
    const search = new PageSearch();
    await new Slices().run(search.added(pages));
    return search;
  }

  private *added(pages: Iterable<Page>): Generator<void, void> {
    let id = 0;
    for (const { address, title, rendered } of pages) {
      for (const { heading, anchor, text } of rendered.sections) {
        const isWhole = anchor === '' || heading === title;
        const place = isWhole ? address : `${address}#${anchor}`;
        this.index.add({ id: id++, address: place, page: title, heading, text });
        yield;
      }
    }
  }

  /**
   * Sections with all words of the query, or otherwise with any of them; the last word may be the
   * beginning of one. Reads the first `MAX_QUERY_LENGTH` characters and `MAX_TERMS` words.
   */
  find(query: string): SearchResult[] {
    const words = wordsOf(query);
    if (words.length === 0) return [];
    const ask = (combineWith: 'AND' | 'OR') =>
      this.index.search(words.join(' '), {
        combineWith,
        prefix: (_term, i, terms) => i === terms.length - 1,
        boost: { heading: 3, page: 2 },
      });
    const all = ask('AND');
    const found = (all.length > 0 ? all : ask('OR')) as unknown as (Entry & { terms: string[] })[];
    return found.slice(0, MAX_RESULTS).map(({ address, page, heading, text, terms }) => ({
      address,
      title: heading === page || heading === '' ? page : `${page}: ${heading}`,
      excerpt: excerptOf(text, terms),
    }));
  }
}

const wordsOf = (query: string): string[] =>
  query
    .slice(0, MAX_QUERY_LENGTH)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length >= MIN_WORD_LENGTH)
    .slice(0, MAX_TERMS);

/** The text from a little before the first word that was found. */
function excerptOf(text: string, terms: readonly string[]): string {
  const lower = text.toLowerCase();
  const places = terms.map((term) => lower.indexOf(term)).filter((place) => place >= 0);
  const from = Math.max(0, Math.min(...places, lower.length) - 60);
  const start = places.length === 0 || from === 0 ? 0 : text.indexOf(' ', from) + 1;
  const end = start + EXCERPT_LENGTH;
  return `${start > 0 ? '… ' : ''}${text.slice(start, end).trim()}${end < text.length ? ' …' : ''}`;
}

/** What the page of results shows. */
export function resultsHtml(query: string, results: readonly SearchResult[]): string {
  const heading = `<h1>Search</h1>`;
  if (query.trim() === '') return `${heading}\n<p>Type a word into the field above.</p>`;
  const asked = escapeHtml(query.slice(0, MAX_QUERY_LENGTH));
  if (results.length === 0) return `${heading}\n<p>Nothing was found for “${asked}”.</p>`;
  const shown = results.map(
    ({ address, title, excerpt }) =>
      `<div class="result"><a href="${address}">${escapeHtml(title)}</a>
<p>${escapeHtml(excerpt)}</p></div>`,
  );
  return `${heading}\n<p>${results.length} for “${asked}”</p>\n${shown.join('\n')}`;
}
