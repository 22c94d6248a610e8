// Base64 of bytes, in every runtime.

/** Bytes that become characters at once: arguments of a call are limited. */
const SLICE_BYTES = 8_192;

export function base64Of(bytes: Uint8Array): string {
  let characters = '';
  for (let at = 0; at < bytes.length; at += SLICE_BYTES)
    characters += String.fromCharCode(...bytes.subarray(at, at + SLICE_BYTES));
  return btoa(characters);
}

export const bytesOf = (base64: string): Uint8Array =>
  Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
