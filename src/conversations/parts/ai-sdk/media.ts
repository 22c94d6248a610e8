// Reads images and files of the AI SDK: by URL, data URL, base64 or serialised bytes.
import { bytesText } from '../bytes.js';
import {
  addressOf,
  emptyMedia,
  fileWords,
  isObject,
  isText,
  lookUp,
  mediaKind,
  textIn,
} from '../fields.js';
import type { MediaPart, RawObject, ReadPart } from '../part.js';

/** For each type of part, the fields in which its media may stand. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  file: ['url', 'data'],
  image: ['image'],
  media: ['data'],
  'image-data': ['data'],
  'image-url': ['url'],
  'image-file-id': ['fileId'],
  'file-data': ['data'],
  'file-url': ['url'],
  'file-id': ['fileId'],
};

/** Fields by which LangChain tells media of the same types. */
const FOREIGN_FIELDS = ['source_type', 'mime_type', 'base64'];

export function readMedia(raw: RawObject): ReadPart | null {
  const fields = lookUp(FIELDS, raw['type']);
  if (!fields || FOREIGN_FIELDS.some((name) => name in raw)) return null;
  const type = raw['type'] as string;
  const field = fields.find((name) => name in raw);
  if (field === undefined) return null;
  const fileId = field === 'fileId' ? readFileId(raw['fileId']) : null;
  const address = fileId === null ? readAddress(raw[field], field) : null;
  if (!address && fileId === null) return null;
  const mediaType = textIn(raw, 'mediaType', 'mimeType') ?? address?.mediaType ?? null;
  const kind = type.startsWith('image') ? 'image' : mediaKind(mediaType);
  const media = { ...emptyMedia, ...address, kind, mediaType, fileId };
  return { ...media, name: textIn(raw, 'filename', 'name'), text: fileWords(media) };
}

/** An upload has an id, or one for each provider that has it. */
const readFileId = (fileId: unknown): string | null =>
  isObject(fileId) ? textIn(fileId, ...Object.keys(fileId)) : isText(fileId) ? fileId : null;

function readAddress(
  given: unknown,
  field: string,
): Pick<MediaPart, 'url' | 'data' | 'mediaType'> | null {
  const isAddress =
    field === 'url' || (isText(given) && /^(?:data|https?|file|blob):/i.test(given));
  if (isText(given) && isAddress) return addressOf(given);
  const data = bytesText(given);
  return data === null ? null : { url: null, data, mediaType: null };
}
