// Writes images, documents and videos as Converse's blocks. It takes bytes, and addresses in S3.
import { isObject, isText, objectIn } from '../fields.js';
import { documentTokens } from '../media-tokens.js';
import type { MediaPart, RawObject } from '../part.js';

const IMAGE_FORMAT = /^image\/(png|jpeg|gif|webp)$/;
const OFFICE = 'application/vnd.openxmlformats-officedocument';
/** Formats of documents by their media types, also by those that the reader makes. */
const DOCUMENT_FORMATS = new Map([
  ...['pdf', 'doc', 'docx', 'xls', 'xlsx'].map((name) => [`application/${name}`, name] as const),
  ['application/msword', 'doc'],
  ['application/vnd.ms-excel', 'xls'],
  [`${OFFICE}.wordprocessingml.document`, 'docx'],
  [`${OFFICE}.spreadsheetml.sheet`, 'xlsx'],
]);

/** Returns null for media that Converse does not take. */
export function mediaBlock(part: MediaPart): RawObject | null {
  if (part.dialect === 'bedrock' && part.original) return storedMedia(part, part.original);
  if (part.data === null) return null;
  const source = { bytes: part.data };
  const image = IMAGE_FORMAT.exec(part.mediaType ?? 'image/png');
  if (part.kind === 'image') return image && { image: { format: image[1], source } };
  const format = DOCUMENT_FORMATS.get(part.mediaType ?? '');
  return part.kind === 'file' && format !== undefined
    ? { document: { format, name: documentName(part.name), source } }
    : null;
}

/** Returns a stored block with its bytes in base64, which JSON may have in other forms. */
function storedMedia({ data, url, text }: MediaPart, original: RawObject): RawObject | null {
  if (data === null && url === null && (text === null || text.trim() === '')) return null;
  const [name] = Object.keys(original) as [string];
  const media = objectIn(original, name);
  const source = objectIn(media, 'source');
  const tidyName = name === 'document' ? { name: documentName(media['name']) } : {};
  const tidySource = isObject(source['bytes']) ? { bytes: data } : source;
  return { [name]: { ...media, ...tidyName, source: tidySource } };
}

const MAX_NAME_LENGTH = 190;

/** Names of documents have letters, digits, single spaces, hyphens and brackets only. */
const documentName = (name: unknown): string =>
  (isText(name) ? name : '')
    .slice(0, MAX_NAME_LENGTH)
    .replace(/[^a-zA-Z0-9\-()[\]]+/g, ' ')
    .trim() || 'document';

/** Makes each name of a document unique within a request, as Converse wants them. */
export class DocumentNames {
  private readonly given = new Set<string>();
  /** For each name, the next number to try, so that many equal names take linear time. */
  private readonly next = new Map<string, number>();

  unique(name: string): string {
    let unique = name;
    let number = this.next.get(name) ?? 2;
    while (this.given.has(unique)) unique = `${name} (${number++})`;
    this.next.set(name, number);
    this.given.add(unique);
    return unique;
  }
}

/** Models differ; this is the largest that those of Anthropic charge. */
const MAX_IMAGE_TOKENS = 1_600;
/** Tokens of the note beside a document, and of what stands around its text. */
const DOCUMENT_NOTE_TOKENS = 8;

export function mediaTokens(part: MediaPart): number {
  if (part.kind === 'image') return MAX_IMAGE_TOKENS;
  return DOCUMENT_NOTE_TOKENS + (part.text === null ? documentTokens(part) : 0);
}
