// The HTML around each page. It has no scripts, and one stylesheet.
import { digestOf } from '../platform/http/index.js';
import { addressOf, NAVIGATION } from './navigation.js';
import { STYLESHEET } from './stylesheet.js';

export const HTML = 'text/html; charset=utf-8';
export const STYLESHEET_ADDRESS = `/docs/style-${digestOf(STYLESHEET)}.css`;
export const ICON_ADDRESS = '/docs/icon.svg';
export const ICON = [
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">',
  '<rect width="32" height="32" rx="7" fill="#3257d6"/>',
  '<path d="M8 10h16M8 16h16M8 22h9" stroke="#fff" stroke-width="3" stroke-linecap="round"/>',
  '</svg>',
].join('');

/** Longer queries are cut. */
export const MAX_QUERY_LENGTH = 200;

export interface Layout {
  title: string;
  /** The address that the navigation marks as the page being read; undefined marks none. */
  address?: string;
  /** Where the same is as markdown. */
  markdownAddress?: string;
  query?: string;
  /** More elements of the head. */
  head?: string;
  html: string;
}

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ESCAPES[character]!);

/** @param titles of the pages in the navigation, by address */
export function layOut(
  { title, address, markdownAddress, query = '', head = '', html }: Layout,
  titles: ReadonlyMap<string, string>,
): string {
  const alternate = markdownAddress
    ? `<link rel="alternate" type="text/markdown" href="${markdownAddress}">`
    : '';
  const footer = markdownAddress
    ? `<p><a href="${markdownAddress}">This page as markdown</a></p>`
    : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${escapeHtml(title)} · Threadkeep</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="stylesheet" href="${STYLESHEET_ADDRESS}">
<link rel="icon" type="image/svg+xml" href="${ICON_ADDRESS}">
${alternate}${head}
</head>
<body>
<a class="skip" href="#content">Skip to the text</a>
<header>
<a class="name" href="/docs">Threadkeep</a>
<a class="menu" href="#pages">Pages</a>
<form action="/docs/search" role="search">
<input type="search" name="q" maxlength="${MAX_QUERY_LENGTH}" value="${escapeHtml(query)}"
  placeholder="Search" aria-label="Search the documentation">
<button>Search</button>
</form>
<a href="/docs/api">API</a>
</header>
<div class="frame">
<main id="content">
${html}
<footer>${footer}</footer>
</main>
<nav id="pages" aria-label="Pages">
${navigation(address, titles)}
</nav>
</div>
</body>
</html>
`;
}

function navigation(current: string | undefined, titles: ReadonlyMap<string, string>): string {
  const sections = NAVIGATION.map(({ title, slugs }) => [
    title,
    slugs.map((slug) => linkTo(addressOf(slug), titles.get(addressOf(slug))!, current)),
  ]);
  const reference = linkTo('/docs/api', 'API reference', current);
  return [...sections, ['All operations', [reference]] as const]
    .map(([title, links]) => `<h2>${title as string}</h2>\n<ul>${[...links].join('')}</ul>`)
    .join('\n');
}

function linkTo(address: string, title: string, current: string | undefined): string {
  const mark = address === current ? ' aria-current="page"' : '';
  return `<li><a href="${address}"${mark}>${escapeHtml(title)}</a></li>`;
}
