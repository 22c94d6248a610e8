// Cursors: where the next page begins, signed together with what was asked, so that a cursor is of use for that alone.
import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { RequestErrors } from '../errors/index.js';
import { SigningKeys } from '../signing/index.js';
import type { Position } from './list-sql.js';

/** Bytes of the signature that a cursor carries. */
const SIGNATURE = 16;

@Injectable()
export class Cursors {
  constructor(private readonly keys: SigningKeys) {}

  /** `asked` says whose list it is, and what is asked of it. */
  seal(position: Position, asked: string): string {
    const payload = Buffer.from(JSON.stringify(position));
    return Buffer.concat([this.signature(payload, asked), payload]).toString('base64url');
  }

  /** @throws AppError `request.invalid_query` for anything `seal` did not make for the same user and question. */
  open(cursor: string, asked: string): Position {
    const bytes = Buffer.from(cursor, 'base64url');
    const payload = bytes.subarray(SIGNATURE);
    const isOurs =
      payload.length > 0 &&
      timingSafeEqual(this.signature(payload, asked), bytes.subarray(0, SIGNATURE));
    if (!isOurs)
      throw RequestErrors.invalidQuery({
        errors: [
          {
            pointer: '?cursor',
            message:
              'is not a cursor of this list: it goes with the same user, filters and sort only',
          },
        ],
      });
    return JSON.parse(payload.toString('utf8')) as Position;
  }

  private signature(payload: Buffer, asked: string): Buffer {
    return this.keys
      .hmac('cursor')
      .update(asked)
      .update('\0')
      .update(payload)
      .digest()
      .subarray(0, SIGNATURE);
  }
}
