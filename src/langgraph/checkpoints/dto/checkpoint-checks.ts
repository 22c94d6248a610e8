// What decorators cannot say about checkpoints.
import type { FieldError } from '../../../platform/errors/index.js';
import {
  bodyRule,
  hasMoreFields,
  isLongerThan,
  isPlainObject,
  pointerToken,
  words,
} from '../../../platform/input/index.js';
import { CHECKPOINT_LIMITS } from '../checkpoint-limits.js';

const { channels, channelLength, idLength, valueBytes } = CHECKPOINT_LIMITS;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const NO_BASE64 = /[^A-Za-z0-9+/]/;

/** As `BASE64` says, which needs more stack than there is for some millions of characters. */
const isBase64 = (text: unknown): boolean =>
  typeof text === 'string' &&
  text.length % 4 === 0 &&
  bytesIn(text) <= valueBytes &&
  !NO_BASE64.test(text.endsWith('==') ? text.slice(0, -2) : text.replace(/=$/, ''));

/** Bytes that a base64 stands for. */
export const bytesIn = (base64: string): number =>
  (base64.length / 4) * 3 - (base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0);

/** Base64 of bytes that the service does not read. */
export const IsPackedData = bodyRule(
  'isPackedData',
  isBase64,
  words.suchAs(`base64 of at most ${valueBytes} bytes`, 'e30='),
  { type: 'string', pattern: BASE64.source, examples: ['e30=', 'bnVsbA==', ''] },
);

/** The version of each channel. */
export function channelsFaults(value: unknown): FieldError[] {
  if (!isPlainObject(value)) return [{ pointer: '', message: words.object }];
  if (hasMoreFields(value, channels)) return [{ pointer: '', message: words.maxFields(channels) }];
  return Object.entries(value).flatMap(([channel, version]) => {
    const message = isLongerThan(channel, channelLength)
      ? words.maxCharacters(channelLength)
      : faultOf(version, idLength);
    return message === null ? [] : [{ pointer: `/${pointerToken(channel)}`, message }];
  });
}

function faultOf(text: unknown, most: number): string | null {
  if (typeof text !== 'string') return words.text;
  if (text === '') return words.notEmpty;
  return isLongerThan(text, most) ? words.maxCharacters(most) : null;
}
