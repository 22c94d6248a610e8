// Cursors: where the next page begins, signed together with what was asked, so that a cursor is of use for that alone.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ScopedDatabase, statement } from '../database/index.js';
import { RequestErrors } from '../errors/index.js';
import type { Position } from './list-sql.js';

const KEEP = statement('signing_key.keep', `insert into threadkeep.signing_key (name, secret) values ('cursor', $1) on conflict (name) do nothing`);
const FIND = statement<{ secret: Buffer }>('signing_key.find', `select secret from threadkeep.signing_key where name = 'cursor'`);

/** Bytes of the signature that a cursor carries. */
const SIGNATURE = 16;

@Injectable()
export class Cursors implements OnApplicationBootstrap {
  private secret: Buffer | undefined;

  constructor(private readonly database: ScopedDatabase) {}

  /** All processes sign with the key that the first of them has kept. */
  async onApplicationBootstrap(): Promise<void> {
    await this.database.runAsSystem('read the key that cursors are signed with', async () => {
      this.secret = await this.find();
      if (this.secret) return;
      await this.database.write(KEEP, [randomBytes(32)]);
      this.secret = await this.find();
    });
  }

  private async find(): Promise<Buffer | undefined> {
    return (await this.database.read(FIND, []))[0]?.secret;
  }

  /** `asked` says whose list it is, and what is asked of it. */
  seal(position: Position, asked: string): string {
    const payload = Buffer.from(JSON.stringify(position));
    return Buffer.concat([this.signature(payload, asked), payload]).toString('base64url');
  }

  /** @throws AppError `request.invalid_query` for anything `seal` did not make for the same user and question. */
  open(cursor: string, asked: string): Position {
    const bytes = Buffer.from(cursor, 'base64url');
    const payload = bytes.subarray(SIGNATURE);
    const isOurs = payload.length > 0 && timingSafeEqual(this.signature(payload, asked), bytes.subarray(0, SIGNATURE));
    if (!isOurs) throw RequestErrors.invalidQuery({ errors: [{ pointer: '?cursor', message: 'is not a cursor of this list: it goes with the same user, filters and sort only' }] });
    return JSON.parse(payload.toString('utf8')) as Position;
  }

  private signature(payload: Buffer, asked: string): Buffer {
    return createHmac('sha256', this.secret!).update(asked).update('\0').update(payload).digest().subarray(0, SIGNATURE);
  }
}
