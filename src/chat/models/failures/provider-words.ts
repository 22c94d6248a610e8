// Quotes a provider in an error: bounded, on one line, and without the key of the call.

const MAX_QUOTED_CHARACTERS = 500;
/** Characters of an error text that are read: an error page may have megabytes. */
const MAX_READ_CHARACTERS = 4_000;
/** The forms of keys that providers issue, should the answer name another than that of the call. */
const KEY_LIKE = /\b(?:sk|pk|gsk|xai|AIza)[\w*-]{12,}/g;

export function quoted(text: string, apiKey: string | undefined): string {
  const withoutKey = apiKey ? hidden(text, apiKey) : text.slice(0, MAX_READ_CHARACTERS);
  const line = withoutKey
    .replace(KEY_LIKE, '[key]')
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .trim();
  return line.length > MAX_QUOTED_CHARACTERS
    ? `${line.slice(0, MAX_QUOTED_CHARACTERS - 1).toWellFormed()}…`
    : line.toWellFormed();
}

/** Cuts the text, so that it does not end within the key. */
function hidden(text: string, apiKey: string): string {
  const read = text.slice(0, MAX_READ_CHARACTERS).replaceAll(apiKey, '[key]');
  return text.length <= MAX_READ_CHARACTERS ? read : read.slice(0, -apiKey.length);
}
