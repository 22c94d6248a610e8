// Everything that is served under `/docs`. Each answer is made once, when it is first asked for.
import { IMMUTABLE, prepareAnswer, type PreparedAnswer } from '../platform/http/index.js';
import {
  HTML,
  ICON,
  ICON_ADDRESS,
  type Layout,
  layOut,
  MAX_QUERY_LENGTH,
  STYLESHEET_ADDRESS,
} from './layout.js';
import { llmsFullText, llmsText } from './llms.js';
import { addressOf, SLUGS } from './navigation.js';
import { loadPages, type Page } from './pages.js';
import { REFERENCE_FILES, REFERENCE_HEAD, REFERENCE_HTML } from './reference.js';
import { PageSearch, resultsHtml } from './search.js';
import { STYLESHEET } from './stylesheet.js';

const MARKDOWN = 'text/markdown; charset=utf-8';
const TEXT = 'text/plain; charset=utf-8';

const REFERENCE_ADDRESS = '/docs/api';
const REFERENCE: Layout = {
  title: 'API reference',
  address: REFERENCE_ADDRESS,
  head: REFERENCE_HEAD,
  html: REFERENCE_HTML,
};
const NOT_FOUND = `<h1>There is no such page</h1>
<p>Choose one from the list, or search.</p>`;

export class Documentation {
  private search: Promise<PageSearch> | undefined;
  private readonly titles: ReadonlyMap<string, string>;
  private readonly prepared = new Map<string, Promise<PreparedAnswer>>();

  private constructor(private readonly pages: ReadonlyMap<string, Page>) {
    this.titles = new Map(
      SLUGS.map((slug) => [addressOf(slug), pages.get(addressOf(slug))!.title]),
    );
  }

  static async load(): Promise<Documentation> {
    return new Documentation(await loadPages());
  }

  /** @returns the answer at a path, or undefined where there is none */
  async at(path: string): Promise<PreparedAnswer | undefined> {
    const known = this.prepared.get(path) ?? this.prepare(path);
    if (!known) return undefined;
    this.prepared.set(path, known);
    // A file that cannot be read now may be readable later.
    known.catch(() => this.prepared.delete(path));
    return known;
  }

  notFoundPage(): string {
    return this.layOut({ title: 'No such page', html: NOT_FOUND });
  }

  /** The first search waits for the index of all pages. */
  async searchPage(query: string): Promise<string> {
    const search = await (this.search ??= this.makeSearch());
    const html = resultsHtml(query, search.find(query));
    return this.layOut({ title: 'Search', query: query.slice(0, MAX_QUERY_LENGTH), html });
  }

  layOut(layout: Layout): string {
    return layOut(layout, this.titles);
  }

  private makeSearch(): Promise<PageSearch> {
    const search = PageSearch.of(this.pages.values());
    // Pages that cannot be read now may be readable later.
    search.catch(() => (this.search = undefined));
    return search;
  }

  private prepare(path: string): Promise<PreparedAnswer> | undefined {
    const page = this.pages.get(path);
    if (page) return prepareAnswer(this.html(page), HTML);
    const source = path.endsWith('.md') ? this.pages.get(path.slice(0, -3)) : undefined;
    if (source) return prepareAnswer(source.markdown, MARKDOWN);
    if (path === '/llms.txt') return llmsText(this.pages).then((text) => prepareAnswer(text, TEXT));
    if (path === '/llms-full.txt') return prepareAnswer(llmsFullText(this.pages), TEXT);
    if (path === REFERENCE_ADDRESS) return prepareAnswer(this.layOut(REFERENCE), HTML);
    if (path === ICON_ADDRESS) return prepareAnswer(ICON, 'image/svg+xml');
    if (path === STYLESHEET_ADDRESS)
      return prepareAnswer(STYLESHEET, 'text/css; charset=utf-8', IMMUTABLE);
    return REFERENCE_FILES.get(path)?.();
  }

  private html({ address, title, rendered: { html } }: Page): string {
    return this.layOut({ title, address, markdownAddress: `${address}.md`, html });
  }
}
