/**
 * Cuts a text to at most `bytes` bytes of UTF-8, without half a character: services refuse those.
 */
export function truncateUtf8(text: string, bytes: number): string {
  const wellFormed = text.slice(0, bytes).toWellFormed();
  if (wellFormed.length * 3 <= bytes) return wellFormed;
  const { read } = new TextEncoder().encodeInto(wellFormed, new Uint8Array(bytes));
  return wellFormed.slice(0, read);
}
