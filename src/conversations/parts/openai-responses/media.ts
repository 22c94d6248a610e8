// Reads images, files and sounds of the Responses API, and of the Agents SDK, which has them as
// texts and as objects.
import { bytesText } from '../bytes.js';
import { addressOf, emptyMedia, fileWords, isObject, isText, textIn, valueIn } from '../fields.js';
import type { MediaPart, RawObject, ReadPart } from '../part.js';
import { isAddress } from './server-tools.js';

type Given = Partial<Pick<MediaPart, 'url' | 'data' | 'mediaType' | 'fileId' | 'name'>>;

export function readImage(raw: RawObject): ReadPart {
  const own = isObject(raw['image_file']) ? raw['image_file'] : raw;
  const given = readGiven(valueIn(own, 'image_url', 'imageUrl', 'image', 'data'), null);
  return {
    ...emptyMedia,
    kind: 'image',
    ...given,
    fileId: textIn(own, 'file_id', 'fileId') ?? given.fileId ?? null,
    detail: textIn(own, 'detail'),
  };
}

const FILE_FIELDS = ['file_data', 'fileData', 'data', 'file_url', 'fileUrl', 'file'];

export function readFile(raw: RawObject): ReadPart {
  const given = readGiven(valueIn(raw, ...FILE_FIELDS), 'application/pdf');
  const media = { ...emptyMedia, ...given };
  return {
    ...media,
    kind: 'file',
    fileId: textIn(raw, 'file_id', 'fileId') ?? media.fileId,
    name: textIn(raw, 'filename') ?? media.name,
    text: fileWords(media),
  };
}

/** A sound may have its transcript, which a model that cannot hear reads. */
export function readSound(raw: RawObject): ReadPart[] {
  const own = isObject(raw['input_audio']) ? raw['input_audio'] : raw;
  const transcript = textIn(own, 'transcript');
  const given = readGiven(valueIn(own, 'data', 'audio'), `audio/${textIn(own, 'format') ?? 'wav'}`);
  const sound: ReadPart = { ...emptyMedia, kind: 'audio', ...given };
  if (transcript === null) return [sound];
  const text: ReadPart = { kind: 'text', text: transcript };
  return given.data || given.url || given.fileId ? [text, sound] : [text];
}

/** Reads an address, a data URL, base64, or an object with one of them or with an id. */
function readGiven(given: unknown, mediaType: string | null): Given {
  if (isText(given))
    return isAddress(given) ? addressOf(given) : { url: null, data: given, mediaType };
  if (!isObject(given)) return {};
  const url = textIn(given, 'url');
  const data = bytesText(given['data']);
  return {
    ...(data === null && url !== null ? addressOf(url) : { url: null, data }),
    mediaType: textIn(given, 'mediaType') ?? (data === null ? null : mediaType),
    fileId: textIn(given, 'id', 'fileId'),
    name: textIn(given, 'filename'),
  };
}
