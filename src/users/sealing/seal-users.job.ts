// Seals the users who are there after SEAL_USERS was switched on, and unseals them after it was
// switched off.
import { Injectable, Logger } from '@nestjs/common';
import { fromDatabaseError } from '../../platform/errors/index.js';
import { ConversionPace, JobHandler, type JobRun } from '../../platform/jobs/index.js';
import {
  DataKeys,
  isUnreadable,
  openWith,
  type OwnedKey,
  sealWith,
  unlessLost,
} from '../../platform/vault/index.js';
import { placeOfMailed } from '../accounts/mailed-place.js';
import { UserErrors } from '../users.errors.js';
import { AddressIndex } from './address-index.js';
import {
  type ConvertedMailed,
  type ConvertedUser,
  type ConvertedVerified,
  type MailedAddress,
  type SealedUser,
  SealingRepository,
  type UnsealedUser,
  type VerifiedAddress,
} from './sealing.repository.js';
import { openFields, sealFields } from './user-fields.js';
import { NIL_UUID } from '../../platform/input/index.js';

/** Rows converted in one transaction. */
const BATCH_ROWS = 100;

/** Converts the rows of one table. */
interface Pass<Row, Converted> {
  next: (after: string, limit: number) => Promise<Row[]>;
  idOf: (row: Row) => string;
  ownerOf: (row: Row) => string;
  /** @returns null for a row that stays as it is */
  convert: (row: Row, key: OwnedKey | undefined) => Promise<Converted | null>;
  write: (rows: Converted[]) => Promise<number>;
  userOf: (converted: Converted) => string;
}

@Injectable()
export class SealUsers extends JobHandler {
  override readonly name = 'user.seal';
  override readonly system = 'seal fields of users, or unseal them';
  override readonly every = 300;
  override readonly checkpointed = true;
  private readonly logger = new Logger(SealUsers.name);
  private readonly pace = new ConversionPace();

  constructor(
    private readonly stored: SealingRepository,
    private readonly addresses: AddressIndex,
    private readonly dataKeys: DataKeys,
  ) {
    super();
  }

  /**
   * Users first: the address that was verified is then found in the row of the user. Each row is
   * written only as it was read, so writers win.
   */
  override async run(_: object, job: JobRun): Promise<void> {
    if (!this.pace.isDue || (!this.addresses.isOn && !(await this.addresses.hasKey()))) return;
    let done = this.addresses.isOn
      ? await this.untilDone(job, this.sealing(), 0)
      : await this.untilDone(job, this.unsealing(), 0);
    done += await this.untilDone(job, this.ofVerified(), done);
    done += await this.untilDone(job, this.ofMailed(), done);
    const erased = this.addresses.isOn ? await this.eraseAnswers(job) : 0;
    this.pace.ended(done + erased);
    if (done > 0)
      this.logger.log({ msg: 'users were converted', isSealed: this.addresses.isOn, rows: done });
  }

  /** A process that does not seal yet may keep further ones, so each run looks for them. */
  private async eraseAnswers(job: JobRun): Promise<number> {
    for (let total = 0; ;) {
      const erased = await job.step(() => this.stored.erasePlainAnswers(BATCH_ROWS));
      total += erased;
      if (erased < BATCH_ROWS) return total;
    }
  }

  private async untilDone<R, C>(job: JobRun, pass: Pass<R, C>, before: number): Promise<number> {
    let total = 0;
    for (let done = -1; done !== 0; total += done)
      done = await this.once(job, pass, before + total);
    return total;
  }

  private async once<R, C>(job: JobRun, pass: Pass<R, C>, before: number): Promise<number> {
    let done = 0;
    let unreadable = 0;
    for (let after = NIL_UUID; ;) {
      const rows = await pass.next(after, BATCH_ROWS);
      const converted = await this.converted(rows, pass);
      unreadable += rows.length - converted.length;
      if (converted.length > 0) done += await this.written(job, pass, converted, before + done);
      if (rows.length < BATCH_ROWS) break;
      after = pass.idOf(rows.at(-1)!);
    }
    if (unreadable > 0)
      this.logger.warn({
        msg: 'fields of users cannot be converted: their keys are lost',
        unreadable,
      });
    return done;
  }

  /** When an address is taken by now, its row stays as it is, and the others are written. */
  private async written<R, C>(
    job: JobRun,
    pass: Pass<R, C>,
    rows: C[],
    before: number,
  ): Promise<number> {
    let done = 0;
    const write = (some: C[]) =>
      job.step(async () => {
        const count = await pass.write(some);
        job.report(before + done + count);
        return count;
      });
    try {
      return await write(rows);
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
    for (const row of rows) {
      try {
        done += await write([row]);
      } catch (error) {
        if (!isTaken(error)) throw error;
        this.logger.warn({
          msg: 'fields of a user cannot be converted: another user has the address',
          userId: pass.userOf(row),
        });
      }
    }
    return done;
  }

  /** Calls the key custody, outside of any transaction. */
  private async converted<R, C>(rows: R[], pass: Pass<R, C>): Promise<C[]> {
    const owners = [...new Set(rows.map(pass.ownerOf))];
    const keys = await this.dataKeys.ofUsers(owners, unlessLost);
    const converted: C[] = [];
    for (const row of rows) {
      const owner = pass.ownerOf(row);
      if (this.addresses.isOn && !keys.has(owner)) {
        const made = await this.dataKeys.obtainOf(owner).catch(unlessLost);
        if (made) keys.set(owner, made);
      }
      const one = await pass.convert(row, keys.get(owner)).catch((error: unknown) => {
        if (isUnreadable(error)) return null;
        throw error;
      });
      if (one) converted.push(one);
    }
    return converted;
  }

  private sealing(): Pass<ConvertedUser, SealedUser> {
    return {
      next: (after, limit) => this.stored.users(true, after, limit),
      idOf: ({ id }) => id,
      ownerOf: ({ owner }) => owner,
      convert: async (user, key) =>
        key
          ? {
              id: user.id,
              version: user.version,
              sealed: sealFields(key, user.row, user),
              hmac: user.email === null ? null : await this.addresses.of(user.email),
            }
          : null,
      write: (rows) => this.stored.seal(withEachAddressOnce(rows)),
      userOf: ({ id }) => id,
    };
  }

  private unsealing(): Pass<ConvertedUser, UnsealedUser> {
    return {
      next: (after, limit) => this.stored.users(false, after, limit),
      idOf: ({ id }) => id,
      ownerOf: ({ owner }) => owner,
      convert: async (user, key) => {
        const fields = openFields(key, user.row, user.sealedFields!);
        // The address of a merged user may have moved to the account.
        const email = user.isMerged && !user.hasHmac ? null : fields.email;
        return { id: user.id, version: user.version, ...fields, email };
      },
      write: (rows) => this.stored.unseal(rows),
      userOf: ({ id }) => id,
    };
  }

  private ofVerified(): Pass<VerifiedAddress, ConvertedVerified> {
    const { isOn } = this.addresses;
    return {
      next: (after, limit) => this.stored.verified(isOn, after, limit),
      idOf: ({ userId }) => userId,
      ownerOf: ({ userId }) => userId,
      convert: async (read) => {
        if (isOn) return { read, email: null, hmac: await this.addresses.of(read.verifiedEmail!) };
        const hmac = read.email === null ? null : await this.addresses.of(read.email);
        const isOfUser = hmac !== null && read.verifiedHmac!.equals(hmac);
        return { read, email: isOfUser ? read.email : null, hmac: null };
      },
      write: (rows) => this.stored.convertVerified(rows),
      userOf: ({ read }) => read.userId,
    };
  }

  private ofMailed(): Pass<MailedAddress, ConvertedMailed> {
    const { isOn } = this.addresses;
    return {
      next: (after, limit) => this.stored.mailed(isOn, after, limit),
      idOf: ({ userId }) => userId,
      ownerOf: ({ userId }) => userId,
      convert: async (read, key) => {
        const place = placeOfMailed(read.purpose);
        if (!isOn) return { read, email: openWith(key, place, read.sealedEmail!), sealed: null };
        return key ? { read, email: null, sealed: sealWith(key, place, read.email!) } : null;
      },
      write: (rows) => this.stored.convertMailed(rows),
      userOf: ({ read }) => read.userId,
    };
  }
}

/** Of legacy users with the same address in other capitals, the first one is found by it. */
function withEachAddressOnce(users: SealedUser[]): SealedUser[] {
  const seen = new Set<string>();
  return users.map((user) => {
    const hmac = user.hmac?.toString('hex');
    if (hmac === undefined) return user;
    if (seen.has(hmac)) return { ...user, hmac: null };
    seen.add(hmac);
    return user;
  });
}

const isTaken = (error: unknown): boolean =>
  fromDatabaseError(error)?.code === UserErrors.emailTaken.code;
