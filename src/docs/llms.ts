// The pages as texts for models: a table of contents, and everything in one file.
import { Slices } from '../platform/fairness/index.js';
import type { Page } from './pages.js';
import { addressOf, NAVIGATION } from './navigation.js';

/** In characters. Pages that do not fit are named at the end. */
export const MAX_FULL_LENGTH = 300_000;

const SUMMARY = `# Threadkeep

> The durable, private memory of an AI application: users, conversations, long-term memory and agent
> configurations in your own PostgreSQL, behind one REST API.
`;

/** Renders the pages of the navigation for their summaries, in slices between other requests. */
export async function llmsText(pages: ReadonlyMap<string, Page>): Promise<string> {
  const slices = new Slices();
  const sections: string[] = [];
  for (const { title, slugs } of NAVIGATION) {
    const links: string[] = [];
    for (const slug of slugs) {
      const page = pages.get(addressOf(slug))!;
      links.push(`- [${page.title}](${page.address}.md): ${page.rendered.summary}`);
      if (slices.isDue) await slices.next();
    }
    sections.push(`## ${title}\n\n${links.join('\n')}`);
  }
  const reference = `## Reference

- [OpenAPI 3.1 document](/openapi.json): all operations, with examples
- [Everything in one file](/llms-full.txt)`;
  return `${[SUMMARY, ...sections, reference].join('\n\n')}\n`.replaceAll('\n\n\n', '\n\n');
}

export function llmsFullText(pages: ReadonlyMap<string, Page>): string {
  let text = SUMMARY;
  const left: string[] = [];
  // The pages of single errors repeat the table of all.
  for (const page of pages.values()) {
    const { address } = page;
    if (address.startsWith('/docs/errors/')) continue;
    const { markdown } = page;
    const part = `\n---\n\nSource: ${address}.md\n\n${markdown}`;
    if (text.length + part.length <= MAX_FULL_LENGTH) text += part;
    else left.push(`${address}.md`);
  }
  return left.length === 0 ? text : `${text}\nNot in this file: ${left.join(', ')}\n`;
}
