// Writes messages of Protocol Buffers: the wire format of ONNX models.
// https://protobuf.dev/programming-guides/encoding/

const [VARINT, LENGTH_DELIMITED, FIXED_32] = [0, 2, 5];

/** Bytes of fields, which together are a message. They are not joined, because some are large. */
export type Fields = readonly Buffer[];

/** Returns a field with a whole number that is not negative. */
export const intField = (field: number, value: number): Fields => [
  Buffer.from([...varint((field << 3) | VARINT), ...varint(value)]),
];

export function floatField(field: number, value: number): Fields {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return [Buffer.from(varint((field << 3) | FIXED_32)), bytes];
}

/** Returns a field with a text, bytes or a message of these fields. */
export function field(number: number, ...content: (string | Buffer | Fields)[]): Fields {
  const parts = content.flatMap((part) => (typeof part === 'string' ? Buffer.from(part) : part));
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head = [...varint((number << 3) | LENGTH_DELIMITED), ...varint(length)];
  return [Buffer.from(head), ...parts];
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}
