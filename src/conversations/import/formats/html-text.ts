// Turns the HTML of an answer into text. It is for reading: markup other than paragraphs, lists and
// line breaks is dropped.

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
};
const BREAKING = new Set([
  ...['br', 'p', 'div', 'li', 'ul', 'ol', 'tr', 'pre', 'hr', 'table', 'blockquote'],
  ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'],
]);

export function htmlToText(html: string): string {
  const pieces: string[] = [];
  let at = 0;
  for (let open = html.indexOf('<'); open !== -1; open = html.indexOf('<', at)) {
    const close = html.indexOf('>', open);
    if (close === -1) break;
    pieces.push(html.slice(at, open), lineOf(html.slice(open + 1, close)));
    at = close + 1;
  }
  pieces.push(html.slice(at));
  const text = pieces.join('').replace(/&(#x?[\da-f]{1,6}|[a-z]{1,8});/gi, decoded);
  const lines = text.split('\n').map((line) => line.trim());
  return lines
    .filter((line, i) => line !== '' || lines[i - 1] !== '')
    .join('\n')
    .trim();
}

function lineOf(tag: string): string {
  const isEnd = tag.startsWith('/');
  const [name = ''] = /^[a-z\d]+/i.exec(isEnd ? tag.slice(1) : tag) ?? [];
  const element = name.toLowerCase();
  if (element === 'li') return isEnd ? '' : '\n- ';
  return BREAKING.has(element) ? '\n' : '';
}

function decoded(entity: string, name: string): string {
  if (!name.startsWith('#')) return ENTITIES[name.toLowerCase()] ?? entity;
  const isHex = name[1] === 'x' || name[1] === 'X';
  const code = Number.parseInt(name.slice(isHex ? 2 : 1), isHex ? 16 : 10);
  return code > 0 && code <= 0x10_ffff ? String.fromCodePoint(code) : '\ufffd';
}
