// Paths of the memory tool, and the labels of the blocks that hold its files.

export const ROOT = '/memories';
/** Longest path, in UTF-16 units. */
const MAX_PATH_LENGTH = 500;
/** Longest label that a block may have. */
const MAX_LABEL_LENGTH = 100;
/** Begins the label of a long path. No other label begins so: behind `_` they have no `h`. */
const DIGEST_PREFIX = '_h';

/** Encoded, once or more often: a point, a slash, a backslash or NUL. */
const ENCODED = /%(?:25)*(?:2e|2f|5c|00)/i;
const CONTROL = /[\p{Cc}\p{Surrogate}]/u;

/**
 * Checks a path that a model sent, and writes it in the one form that files are kept by.
 * @param parameter name of the command's parameter, for the message
 * @throws Error when it is no path inside of /memories
 */
export function memoryPath(path: unknown, parameter = 'path'): string {
  if (typeof path !== 'string') throw new Error(`Missing \`${parameter}\`: it must be a path`);
  if (path.length > MAX_PATH_LENGTH)
    throw new Error(`\`${parameter}\` is too long: it may have ${MAX_PATH_LENGTH} characters`);
  if (path !== ROOT && !path.startsWith(`${ROOT}/`))
    throw new Error(`Path must start with ${ROOT}, got: ${path}`);
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (names.includes('..') || path.includes('\\') || ENCODED.test(path) || CONTROL.test(path))
    throw new Error(`Path ${path} would escape ${ROOT} directory`);
  return `/${names.join('/')}`;
}

/** The directories that a path is in, without /memories. */
export function parentsOf(path: string): string[] {
  const names = path.slice(ROOT.length + 1).split('/');
  return names.slice(1).map((_, i) => `${ROOT}/${names.slice(0, i + 1).join('/')}`);
}

/**
 * Names the block of a file. Different paths have different labels: what a label cannot have is
 * escaped, and a long path is named by its SHA-256.
 */
export async function labelOf(path: string): Promise<string> {
  const label = Array.from(path.slice(ROOT.length + 1), escaped).join('');
  if (label.length <= MAX_LABEL_LENGTH) return label;
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(path));
  const digits = Array.from(new Uint8Array(digest), hexadecimal).join('');
  return DIGEST_PREFIX + digits;
}

function escaped(character: string): string {
  if (character === '/') return '_-';
  if (character === '_') return '__';
  if (/[A-Za-z0-9.-]/.test(character)) return character;
  return Array.from(
    new TextEncoder().encode(character),
    (byte) => `_${hexadecimal(byte).toUpperCase()}`,
  ).join('');
}

const hexadecimal = (byte: number): string => byte.toString(16).padStart(2, '0');
