// Answers that are the same for everybody: made and compressed once, and revalidated by an ETag.
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Browsers keep it, and ask each time whether it has changed. */
export const REVALIDATED = 'no-cache';
/** For addresses that change with what they have. */
export const IMMUTABLE = 'public, max-age=31536000, immutable';

/** Smaller bodies fit into one packet as they are. */
const MIN_GZIPPED_BYTES = 1_000;

export interface PreparedAnswer {
  readonly type: string;
  readonly cacheControl: string;
  /** The same for both forms of the body, and so a weak one. */
  readonly etag: string;
  readonly body: Buffer;
  /** Undefined where it would not be smaller. */
  readonly gzipped: Buffer | undefined;
}

export async function prepareAnswer(
  content: string | Buffer,
  type: string,
  cacheControl: string = REVALIDATED,
): Promise<PreparedAnswer> {
  const body = Buffer.from(content);
  const isSmall = body.length < MIN_GZIPPED_BYTES || type.startsWith('image/png');
  return {
    type,
    cacheControl,
    etag: `W/"${digestOf(body)}"`,
    body,
    gzipped: isSmall ? undefined : await promisify(gzip)(body),
  };
}

/** 16 characters that tell one content from another, for addresses and ETags. */
export const digestOf = (content: string | Buffer): string =>
  createHash('sha256').update(content).digest('hex').slice(0, 16);

/** Sends the answer, or 304 without a body when the client has it already. */
export function sendPrepared(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  { type, cacheControl, etag, body, gzipped }: PreparedAnswer,
): FastifyReply {
  void reply.headers({ 'cache-control': cacheControl, etag });
  if (gzipped) varyByEncoding(reply);
  if (names(headers['if-none-match'], etag)) return reply.status(304).send();
  void reply.type(type);
  if (!gzipped || !takesGzip(headers['accept-encoding'])) return reply.send(body);
  return reply.header('content-encoding', 'gzip').send(gzipped);
}

/** What else the answer varies by stays. */
function varyByEncoding(reply: FastifyReply): void {
  const known = reply.getHeader('vary');
  void reply.header('vary', [known ?? [], 'accept-encoding'].flat().join(', '));
}

/** Whether `If-None-Match` has the tag; tags are compared weakly. */
const names = (header: string | undefined, etag: string): boolean =>
  header !== undefined &&
  header.split(',').some((one) => [etag, etag.slice(2), '*'].includes(one.trim()));

function takesGzip(header: string | string[] | undefined): boolean {
  const codings = String(header ?? '').split(',');
  return codings.some((one) => {
    const [name, quality] = one.split(';').map((part) => part.trim());
    return name === 'gzip' && Number(quality?.replace('q=', '') ?? 1) > 0;
  });
}
