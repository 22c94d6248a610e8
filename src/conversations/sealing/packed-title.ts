// Titles in the form in which they are sealed: an index has them, and its entries have 2,704 bytes at most.

/** A longer one is packed: when it is sealed, it would not fit into the index. */
const MAX_PLAIN_BYTES = 1_900;
/** Stands before a packed title. No title has this character. */
const MARK = '\0';
const CHARACTER_BITS = 7;
const CHARACTER_MASK = 2 ** CHARACTER_BITS - 1;

/** Each character becomes three ASCII characters of 7 bits: the longest title has 1,501 bytes. */
export const packTitle = (title: string): string =>
  Buffer.byteLength(title) <= MAX_PLAIN_BYTES ? title : MARK + Array.from(title, packed).join('');

export function unpackTitle(sealed: string): string {
  if (!sealed.startsWith(MARK)) return sealed;
  let title = '';
  for (let i = MARK.length; i < sealed.length; i += 3)
    title += String.fromCodePoint(
      (sealed.charCodeAt(i) << (2 * CHARACTER_BITS)) |
        (sealed.charCodeAt(i + 1) << CHARACTER_BITS) |
        sealed.charCodeAt(i + 2),
    );
  return title;
}

function packed(character: string): string {
  const code = character.codePointAt(0)!;
  return String.fromCharCode(
    code >> (2 * CHARACTER_BITS),
    (code >> CHARACTER_BITS) & CHARACTER_MASK,
    code & CHARACTER_MASK,
  );
}
