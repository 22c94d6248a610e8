// Markdown of the project's own pages as HTML. HTML within it is shown as text.
import MarkdownIt, { type Token } from 'markdown-it';
import { addressOf, SLUGS } from './navigation.js';

/** The part of a page under one heading. */
export interface PageSection {
  heading: string;
  /** Empty for what stands above the first heading. */
  anchor: string;
  /** Without markup. */
  text: string;
}

export interface RenderedPage {
  /** The first paragraph, without markup. */
  summary: string;
  html: string;
  sections: PageSection[];
}

const markdown = new MarkdownIt({ html: false });
// Wide tables and code scroll by themselves, also by the keyboard.
markdown.renderer.rules['table_open'] = () => '<div class="wide" tabindex="0"><table>';
markdown.renderer.rules['table_close'] = () => '</table></div>';
const plainFence = markdown.renderer.rules['fence']!;
markdown.renderer.rules['fence'] = (...args) =>
  plainFence(...args).replace(/^<pre>/, '<pre tabindex="0">');

export function renderPage(text: string): RenderedPage {
  const tokens = markdown.parse(withAddresses(text, ''), {});
  const sections = sectionsOf(tokens);
  const paragraph = tokens.findIndex(({ type }) => type === 'paragraph_open');
  return {
    summary: paragraph < 0 ? '' : plainText(tokens[paragraph + 1]!),
    html: markdown.renderer.render(tokens, markdown.options, {}),
    sections,
  };
}

/** The text of the first line, which is the heading of the page. */
export function titleOf(text: string): string {
  const [line] = text.split('\n', 1) as [string];
  return plainText(markdown.parseInline(line.replace(/^# /, ''), {})[0]!);
}

/**
 * Replaces links between files by links between addresses. A link to a file that is not served
 * becomes its text.
 * @param suffix what follows the address of a page: `.md` for its markdown, or nothing
 */
export const withAddresses = (text: string, suffix: '' | '.md'): string =>
  text.replace(/\[([^[\]]*)\]\(([^()\s]+)\)/g, (link, words: string, target: string) => {
    if (/^(#|\/|https?:)/.test(target)) return link;
    const [path, anchor] = target.split('#') as [string, string | undefined];
    const slug = path.replace(/\.md$/, '');
    if (slug === path || !SLUGS.includes(slug)) return words;
    const address = `${addressOf(slug)}${suffix}`;
    return `[${words}](${address}${anchor === undefined ? '' : `#${anchor}`})`;
  });

/** Gives each heading its anchor, and collects what stands under it. */
function sectionsOf(tokens: Token[]): PageSection[] {
  const sections: PageSection[] = [{ heading: '', anchor: '', text: '' }];
  const taken = new Map<string, number>();
  tokens.forEach((token, i) => {
    const section = sections.at(-1)!;
    if (token.type === 'heading_open') {
      const heading = plainText(tokens[i + 1]!);
      const anchor = anchorOf(heading, taken);
      token.attrSet('id', anchor);
      sections.push({ heading, anchor, text: '' });
    } else if (token.type === 'inline' && tokens[i - 1]?.type !== 'heading_open')
      section.text += `${plainText(token)} `;
    else if (token.type === 'fence') section.text += `${token.info} ${token.content} `;
  });
  return sections.filter(({ anchor, text }) => anchor !== '' || text !== '');
}

const plainText = ({ children }: Token): string =>
  (children ?? []).map(({ type, content }) => (type === 'softbreak' ? ' ' : content)).join('');

/** As GitHub names it, so that a link works in both places. */
function anchorOf(heading: string, taken: Map<string, number>): string {
  const name = heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
  const count = taken.get(name) ?? 0;
  taken.set(name, count + 1);
  return count === 0 ? name : `${name}-${count}`;
}
