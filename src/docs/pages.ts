// The pages in `docs/` of the package, and one for each error code. A page is rendered when it is
// first needed.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { errorPages, shortTable } from './error-pages.js';
import { type RenderedPage, renderPage, titleOf, withAddresses } from './markdown.js';
import { addressOf, SLUGS } from './navigation.js';

export class Page {
  private known: RenderedPage | undefined;

  /** @param address such as `/docs/start` */
  constructor(
    readonly address: string,
    private readonly text: string,
  ) {}

  get title(): string {
    return titleOf(this.text);
  }

  /** With links to the markdown of other pages. */
  get markdown(): string {
    return withAddresses(this.text, '.md');
  }

  /** The largest page takes some ten milliseconds the first time. */
  get rendered(): RenderedPage {
    const { address, text } = this;
    return (this.known ??= renderPage(address === ERRORS ? shortTable(text) : text));
  }
}

const ERRORS = addressOf('errors');

/** `docs/` as seen from the sources, and from `dist`. */
const FOLDERS = ['../../docs/', '../../../docs/'].map((path) => new URL(path, import.meta.url));

/** @returns the pages by address, those of the navigation first and in its order */
export async function loadPages(): Promise<Map<string, Page>> {
  const folder = FOLDERS.find((one) => existsSync(new URL('start.md', one)))!;
  const texts = await Promise.all(
    SLUGS.map(
      async (slug) =>
        [addressOf(slug), await readFile(new URL(`${slug}.md`, folder), 'utf8')] as const,
    ),
  );
  const errors = texts.find(([address]) => address === ERRORS)![1];
  return new Map(
    [...texts, ...errorPages(errors)].map(([address, text]) => [address, new Page(address, text)]),
  );
}
