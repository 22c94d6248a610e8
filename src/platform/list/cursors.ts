// Cursors: the position where the next page begins, signed together with the query, so that a
// cursor only works for the same query.
import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { RequestErrors } from '../errors/index.js';
import { SigningKeys } from '../signing/index.js';
import type { Position } from './list-sql.js';

/** The length of the signature in a cursor. */
const SIGNATURE_BYTES = 16;

@Injectable()
export class Cursors {
  constructor(private readonly keys: SigningKeys) {}

  /** @param asked names the list's owner and the query */
  seal(position: Position, asked: string): string {
    const payload = Buffer.from(JSON.stringify(position));
    return Buffer.concat([this.signature(payload, asked), payload]).toString('base64url');
  }

  /**
   * @throws AppError `request.invalid_query` unless `seal` made the cursor for the same user and
   * query
   */
  open(cursor: string, asked: string): Position {
    const bytes = Buffer.from(cursor, 'base64url');
    const payload = bytes.subarray(SIGNATURE_BYTES);
    const isOurs =
      payload.length > 0 &&
      timingSafeEqual(this.signature(payload, asked), bytes.subarray(0, SIGNATURE_BYTES));
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
      .subarray(0, SIGNATURE_BYTES);
  }
}
