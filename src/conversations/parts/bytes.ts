// Bytes as JSON has them: base64 text, a Buffer with its `data`, or a Uint8Array with numbered
// fields.
import { isObject, isText } from './fields.js';

/** Returns the bytes in base64, or null for what are none. */
export function bytesText(value: unknown): string | null {
  if (isText(value)) return value === '' ? null : value;
  if (!isObject(value)) return null;
  const numbers =
    value['type'] === 'Buffer' && Array.isArray(value['data'])
      ? (value['data'] as unknown[])
      : Object.values(value);
  return numbers.length > 0 && numbers.every((byte) => typeof byte === 'number')
    ? Buffer.from(numbers).toString('base64')
    : null;
}
