// Counts messages in progress in the bytes of a page.
import type { MessageRow } from '../messages.repository.js';
import type { DraftSize } from './drafts.repository.js';

/**
 * Keeps the first rows whose bytes, with those of messages in progress, are within a limit.
 * @param maxBytes the first row is kept however large it is
 */
export function upToBytes<Row extends MessageRow>(
  rows: Row[],
  sizes: DraftSize[],
  maxBytes: number,
): Row[] {
  if (maxBytes === Infinity) return rows;
  const bySeq = new Map(sizes.map(({ seq, bytes }) => [seq, bytes]));
  let bytes = 0;
  const end = rows.findIndex((row) => {
    const isOver = bytes >= maxBytes;
    bytes += bySeq.get(row.seq) ?? bytesOfRow(row);
    return isOver;
  });
  return end <= 0 ? rows : rows.slice(0, end);
}

const bytesOfRow = ({ content, metadata }: MessageRow): number =>
  Buffer.byteLength(content) +
  (metadata === null ? 0 : Buffer.byteLength(JSON.stringify(metadata)));
