// Media of a few bytes whose headers are real, so that sizes can be read from them.

const bytes = (...values: number[]): Buffer => Buffer.from(values);
const uint32 = (value: number): Buffer => {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
};

/** The signature and the header of a PNG of this size, in base64. */
export const pngOf = (width: number, height: number): string =>
  Buffer.concat([
    bytes(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    uint32(13),
    Buffer.from('IHDR'),
    uint32(width),
    uint32(height),
    bytes(8, 6, 0, 0, 0),
    uint32(0),
  ]).toString('base64');

export const gifOf = (width: number, height: number): string =>
  Buffer.concat([
    Buffer.from('GIF89a'),
    bytes(width & 0xff, width >> 8, height & 0xff, height >> 8, 0, 0, 0),
  ]).toString('base64');

/** A PDF with so many pages, without anything on them. */
export const pdfOf = (pages: number): string =>
  Buffer.from(
    `%PDF-1.4\n${Array.from({ length: pages }, (_, i) => `${i + 1} 0 obj\n<< /Type /Page >>\nendobj\n`).join('')}%%EOF\n`,
  ).toString('base64');

/** A mono WAV of 8,000 samples a second with silence. */
export const wavOf = (samples: number): string => {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(8_000, 24);
  header.writeUInt32LE(8_000, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples, 40);
  return Buffer.concat([header, Buffer.alloc(samples, 0x80)]).toString('base64');
};

export const MP3 = bytes(0xff, 0xfb, 0x90, 0x64, 0, 0, 0, 0).toString('base64');

/** What a message may carry besides words. */
export type TinyMedia =
  | { kind: 'image'; mediaType: string; data: string }
  | { kind: 'image'; mediaType: string; url: string }
  | { kind: 'file'; mediaType: string; name: string; data: string }
  | { kind: 'file'; mediaType: string; name: string; url: string }
  | { kind: 'audio'; mediaType: string; data: string }
  | { kind: 'upload'; fileId: string };
