/** At most so many bytes of UTF-8 from its beginning, and no half of a character: services refuse those. */
export function truncateUtf8(text: string, bytes: number): string {
  const wellFormed = text.slice(0, bytes).toWellFormed();
  if (wellFormed.length * 3 <= bytes) return wellFormed;
  const { read } = new TextEncoder().encodeInto(wellFormed, new Uint8Array(bytes));
  return wellFormed.slice(0, read);
}
