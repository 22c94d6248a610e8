// Reads the size of an image from the header of its bytes. The image is never decoded.

export interface ImageSize {
  /** In pixels. */
  width: number;
  height: number;
}

/** Bytes that are looked at. A JPEG may have a preview and colour profiles before its size. */
const MAX_HEADER_BYTES = 262_144;

/** Returns null when the format is unknown, or the size is not in the first bytes. */
export function imageSize(base64: string): ImageSize | null {
  const bytes = Buffer.from(base64.slice(0, (MAX_HEADER_BYTES * 4) / 3), 'base64');
  const size =
    readPng(bytes) ?? readGif(bytes) ?? readWebp(bytes) ?? readBmp(bytes) ?? readJpeg(bytes);
  return size && size.width > 0 && size.height > 0 ? size : null;
}

const PNG_SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');

const readPng = (bytes: Buffer): ImageSize | null =>
  bytes.length >= 24 && bytes.subarray(0, 8).equals(PNG_SIGNATURE)
    ? { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
    : null;

const readGif = (bytes: Buffer): ImageSize | null =>
  bytes.length >= 10 && bytes.toString('latin1', 0, 4) === 'GIF8'
    ? { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) }
    : null;

const readBmp = (bytes: Buffer): ImageSize | null =>
  bytes.length >= 26 && bytes.toString('latin1', 0, 2) === 'BM'
    ? { width: Math.abs(bytes.readInt32LE(18)), height: Math.abs(bytes.readInt32LE(22)) }
    : null;

function readWebp(bytes: Buffer): ImageSize | null {
  if (bytes.length < 30 || bytes.toString('latin1', 8, 12) !== 'WEBP') return null;
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8X':
      return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
    default:
      return null;
  }
}

/** Start-of-frame markers, which hold the size: C0 to CF without tables and arithmetic coding. */
const isStartOfFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/** Walks from segment to segment; each is at least two bytes long. */
function readJpeg(bytes: Buffer): ImageSize | null {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return null;
  let at = 2;
  while (at + 9 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (isStartOfFrame(marker))
      return { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) };
    at += 2 + Math.max(2, bytes.readUInt16BE(at + 2));
  }
  return null;
}
