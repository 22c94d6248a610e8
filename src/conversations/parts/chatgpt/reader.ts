// Reads parts as the import of ChatGPT exports stores them. Nothing is written in this form.
import { emptyMedia, isText, objectsIn, textIn } from '../fields.js';
import type { Part, RawObject, ReadPart } from '../part.js';

/** The fields with words, by the type of the part. */
const TEXT_FIELDS: Readonly<Record<string, string[]>> = {
  audio_transcription: ['text'],
  code: ['text'],
  execution_output: ['text'],
  tether_quote: ['title', 'text', 'url'],
  tether_browsing_display: ['summary', 'result'],
  system_error: ['name', 'text'],
  user_editable_context: ['user_profile', 'user_instructions'],
  model_editable_context: ['model_set_context'],
};
const ASSETS: Readonly<Record<string, 'image' | 'audio' | 'video'>> = {
  image_asset_pointer: 'image',
  audio_asset_pointer: 'audio',
  video_container_asset_pointer: 'video',
  real_time_user_audio_video_asset_pointer: 'audio',
};

/** Returns null for a part of another type. */
export function readChatGptPart(raw: RawObject): Part[] | null {
  const part = readPart(raw);
  return part && [{ ...part, dialect: null, original: raw }];
}

function readPart(raw: RawObject): ReadPart | null {
  const { type } = raw;
  if (!isText(type)) return null;
  const fields = Object.hasOwn(TEXT_FIELDS, type) ? TEXT_FIELDS[type] : undefined;
  if (fields) {
    const texts = fields.map((name) => textIn(raw, name)).filter((text) => text !== null);
    return { kind: 'text', text: texts.join('\n') };
  }
  if (Object.hasOwn(ASSETS, type)) return { ...emptyMedia, kind: ASSETS[type]! };
  if (type === 'thoughts') return readThoughts(raw);
  return type === 'reasoning_recap' ? { kind: 'other', text: textIn(raw, 'content') ?? '' } : null;
}

function readThoughts(raw: RawObject): ReadPart {
  const texts = objectsIn(raw['thoughts']).flatMap((thought) =>
    [thought['summary'], thought['content']].filter(isText),
  );
  return {
    kind: 'reasoning',
    text: texts.join('\n'),
    signedBy: null,
    signature: null,
    encrypted: null,
  };
}
