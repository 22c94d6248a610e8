// Stands in for a collector of traces: it receives OTLP over HTTP in protobuf, and fails as it is told.
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { eventually } from './wait.js';

type Attribute = string | number | boolean | Attribute[];

export interface ReceivedSpan {
  traceId: string;
  id: string;
  /** Empty for the root of a trace. */
  parentId: string;
  name: string;
  kind: 'internal' | 'server' | 'client';
  attributes: Record<string, Attribute>;
  resource: Record<string, Attribute>;
  hasFailed: boolean;
  startNs: bigint;
  endNs: bigint;
}

/** How the collector answers: well, with a status, with garbage, or never. */
export type Behaviour = 'takes' | 'refuses' | 'garbage' | 'silent';

export class OtlpCollector {
  readonly spans: ReceivedSpan[] = [];
  readonly exports: { path: string; headers: IncomingHttpHeaders; bytes: Buffer }[] = [];
  behaviour: Behaviour = 'takes';

  private constructor(private readonly server: Server) {}

  static async start(port = 0): Promise<OtlpCollector> {
    const server = createServer();
    const collector = new OtlpCollector(server);
    server.on('request', (request, response) => {
      void collector.receive(request).then(() => {
        if (collector.behaviour === 'silent') return;
        response.statusCode = collector.behaviour === 'refuses' ? 400 : 200;
        response.end(collector.behaviour === 'garbage' ? '\xff<html>' : undefined);
      });
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return collector;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** All bytes that have come, as text: what is in none of them is in no span. */
  get text(): string {
    return this.exports.map(({ bytes }) => bytes.toString('latin1')).join('\n');
  }

  /** Resolves with the first span that fits, once it has come. */
  async span(fits: (span: ReceivedSpan) => boolean): Promise<ReceivedSpan> {
    await eventually(() => Promise.resolve(this.spans.some(fits)));
    return this.spans.find(fits)!;
  }

  childrenOf({ id }: ReceivedSpan): ReceivedSpan[] {
    return this.spans.filter(({ parentId }) => parentId === id);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async receive(request: IncomingMessage): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const sent = Buffer.concat(chunks);
    const bytes = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
    this.exports.push({ path: request.url!, headers: request.headers, bytes });
    if (this.behaviour === 'takes') this.spans.push(...spansIn(bytes));
  }
}

type Field = Buffer | bigint;

/** The fields of a message of protobuf, by number. */
function fieldsOf(message: Buffer): (number: number) => Field[] {
  const fields = new Map<number, Field[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const bytes = (length: number): Buffer => message.subarray(at, (at += length));
  while (at < message.length) {
    const key = Number(varint());
    const wireType = key & 7;
    let value: Field;
    if (wireType === 0) value = varint();
    else if (wireType === 1) value = bytes(8);
    else if (wireType === 2) value = bytes(Number(varint()));
    else if (wireType === 5) value = bytes(4);
    else throw new Error(`wire type ${wireType} at ${at}`);
    fields.set(key >> 3, [...(fields.get(key >> 3) ?? []), value]);
  }
  return (number) => fields.get(number) ?? [];
}

const messages = (fields: Field[]) => fields.map((field) => fieldsOf(field as Buffer));
const text = ([field]: Field[]): string => (field as Buffer | undefined)?.toString() ?? '';
const hex = ([field]: Field[]): string => (field as Buffer | undefined)?.toString('hex') ?? '';
const fixed64 = ([field]: Field[]): bigint => (field as Buffer).readBigUInt64LE();

function attributeOf(value: (number: number) => Field[]): Attribute {
  const [bool, int, double, list] = [2, 3, 4, 5].map((number) => value(number)[0]);
  if (bool !== undefined) return bool === 1n;
  if (int !== undefined) return Number(BigInt.asIntN(64, int as bigint));
  if (double !== undefined) return (double as Buffer).readDoubleLE();
  if (list !== undefined) return messages(fieldsOf(list as Buffer)(1)).map(attributeOf);
  return text(value(1));
}

const attributesOf = (fields: Field[]): Record<string, Attribute> =>
  Object.fromEntries(
    messages(fields).map((pair) => [text(pair(1)), attributeOf(fieldsOf(pair(2)[0] as Buffer))]),
  );

const KINDS = ['internal', 'internal', 'server', 'client'] as const;
const STATUS_ERROR = 2n;

/** The spans of an ExportTraceServiceRequest. */
function spansIn(request: Buffer): ReceivedSpan[] {
  return messages(fieldsOf(request)(1)).flatMap((ofResource) => {
    const resource = attributesOf(messages(ofResource(1)).flatMap((one) => one(1)));
    const spans = messages(ofResource(2)).flatMap((ofScope) => messages(ofScope(2)));
    return spans.map((span) => ({
      traceId: hex(span(1)),
      id: hex(span(2)),
      parentId: hex(span(4)),
      name: text(span(5)),
      kind: KINDS[Number(span(6)[0])]!,
      attributes: attributesOf(span(9)),
      resource,
      hasFailed: messages(span(15)).some((status) => status(3)[0] === STATUS_ERROR),
      startNs: fixed64(span(7)),
      endNs: fixed64(span(8)),
    }));
  });
}
