// Reads admitted bodies and counts their bytes. It can stop waiting for bodies that have not
// arrived.
import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type AppError, RequestErrors, ServerErrors } from '../errors/index.js';
import { JSON_LIMITS, SCAN_SLICE_BYTES, parseJson, parseLargeJson } from '../input/json-guard.js';

type BodyDone = (error: Error | null, value?: unknown) => void;

/**
 * A larger body of known length is written into one buffer as it arrives, so that each byte is held
 * once.
 */
const ASSEMBLED_FROM_BYTES = 65_536;

@Injectable()
export class BodyReader {
  private readonly underWay = new Set<(error: AppError) => void>();

  /** A content type parser of Fastify. */
  readonly read = (request: FastifyRequest, payload: IncomingMessage, done: BodyDone): void => {
    const parts = createParts(Number(request.headers['content-length']));
    const { bodyAllowance, underWay } = {
      bodyAllowance: request.bodyAllowance,
      underWay: this.underWay,
    };
    const end = (error: Error | null): void => {
      payload.off('data', onData).off('end', onEnd).off('error', end);
      underWay.delete(end);
      if (error) done(asProblem(error));
      else parse(request, parts.whole(), done);
    };
    const onEnd = (): void => end(null);
    const onData = (chunk: Buffer): void => {
      try {
        bodyAllowance?.reach(parts.length + chunk.length);
        parts.add(chunk);
      } catch (error) {
        end(error as Error);
      }
    };
    underWay.add(end);
    payload.on('data', onData).on('end', onEnd).on('error', end);
    payload.resume();
  };

  /** Answers 503 to all requests whose bodies have not arrived. */
  giveUp(): void {
    for (const end of [...this.underWay])
      end(
        ServerErrors.unavailable({
          detail: 'This process is stopping, and the body has not arrived.',
          retryAfter: 1,
        }),
      );
  }
}

/**
 * Turns a connection that broke in the middle of a body into a client error. There is no one to
 * answer.
 */
const asProblem = (error: Error): Error =>
  'code' in error && error.code === 'ECONNRESET'
    ? RequestErrors.malformed({ cause: error })
    : error;

function parse(request: FastifyRequest, bytes: Buffer, done: BodyDone): void {
  request.rawBody = bytes;
  if (bytes.length > SCAN_SLICE_BYTES)
    return void parseLargeJson(bytes, JSON_LIMITS, request.keepsAsSent).then(
      (large) => done(null, large),
      done,
    );
  let value: unknown;
  try {
    value = bytes.length === 0 ? undefined : parseJson(bytes, JSON_LIMITS, request.keepsAsSent);
  } catch (error) {
    return done(error as Error);
  }
  done(null, value);
}

interface Parts {
  readonly length: number;
  add(chunk: Buffer): void;
  whole(): Buffer;
}

function createParts(expected: number): Parts {
  return expected >= ASSEMBLED_FROM_BYTES ? new AssembledParts(expected) : new CollectedParts();
}

class CollectedParts implements Parts {
  length = 0;
  private readonly chunks: Buffer[] = [];

  add(chunk: Buffer): void {
    this.length += chunk.length;
    this.chunks.push(chunk);
  }

  /** Copies, because a chunk may be a view of a larger buffer. */
  whole(): Buffer {
    return Buffer.concat(this.chunks, this.length);
  }
}

class AssembledParts implements Parts {
  length = 0;
  private readonly bytes: Buffer;

  /** The operating system does not commit memory that is not written yet. */
  constructor(expected: number) {
    this.bytes = Buffer.allocUnsafeSlow(expected);
  }

  add(chunk: Buffer): void {
    chunk.copy(this.bytes, this.length);
    this.length += chunk.length;
  }

  whole(): Buffer {
    return this.bytes.subarray(0, this.length);
  }
}
