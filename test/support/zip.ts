// Writes ZIPs, also such as no program writes.
import { crc32, deflateRawSync } from 'node:zlib';

interface Lies {
  /** Unpacked bytes that each file is said to have. */
  declaredBytes?: number;
  /** Packed bytes that each file is said to have. */
  packedBytes?: number;
}

export function zipOf(files: Record<string, string>, lies: Lies = {}): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const bytes = Buffer.from(content);
    const packed = deflateRawSync(bytes);
    const sizes = Buffer.alloc(12);
    sizes.writeUInt32LE(checksum(bytes), 0);
    sizes.writeUInt32LE(lies.packedBytes ?? packed.length, 4);
    sizes.writeUInt32LE(lies.declaredBytes ?? bytes.length, 8);
    const lengths = Buffer.alloc(4);
    lengths.writeUInt16LE(Buffer.byteLength(name), 0);
    const start = [
      Buffer.from('PK\u0003\u0004'),
      header(8),
      sizes,
      lengths,
      Buffer.from(name),
      packed,
    ];
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    directory.push(
      Buffer.concat([
        Buffer.from('PK\u0001\u0002'),
        Buffer.from([20, 0]),
        header(8),
        sizes,
        lengths,
        place,
        Buffer.from(name),
      ]),
    );
    const body = Buffer.concat(start);
    bodies.push(body);
    offset += body.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 'latin1');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, list, end]);
}

/** Version, flags, method, time and date. */
function header(method: number): Buffer {
  const bytes = Buffer.alloc(10);
  bytes.writeUInt16LE(20, 0);
  bytes.writeUInt16LE(method, 4);
  return bytes;
}

const checksum = (bytes: Buffer): number => crc32(bytes);
