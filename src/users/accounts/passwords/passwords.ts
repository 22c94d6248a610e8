// Hashes and verifies passwords in threads of their own, so that no number of logins slows down the
// other requests.
import { availableParallelism } from 'node:os';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Piscina } from 'piscina';
import { ServerErrors } from '../../../platform/errors/index.js';
import { FairSemaphore } from '../../../platform/fairness/index.js';
import { startThreads, workerTask } from '../../../platform/workers/index.js';
import type { UserValues } from '../../users.repository.js';
import { AccountErrors } from '../accounts.errors.js';
import type { PasswordInput } from './password.task.js';

const THREADS = Math.max(1, Math.floor(availableParallelism() / 2));
/** Computations of one address that may wait. Further ones are 429. */
const MAX_WAITING_PER_OWNER = 8;
/** How long one waits for a thread before it is 503. */
const MAX_WAIT_MS = 5_000;
/** The threads have a lower priority than the rest of the process, where the system can do that. */
const NICE = 10;
const RETRY_AFTER_SECONDS = 2;

const TASK = workerTask<PasswordInput, string | boolean>(import.meta.url, './password.task');

const SERVICE = 'threadkeep';
/** Characters of a text about the user that are taken apart into words. */
const MAX_KNOWN_CHARACTERS = 64;

/** The text, what is before its `@`, and its words. */
const wordsOf = (text: string): string[] => {
  const short = text.slice(0, MAX_KNOWN_CHARACTERS);
  return [short, short.split('@')[0]!, ...short.split(/[^\p{L}\p{N}]+/u)].filter(
    (word) => word !== '',
  );
};

/** A hash that no password has. It costs as much to verify as any. */
const NOBODYS =
  '$argon2id$v=19$m=19456,t=2,p=1$JdQaUULj2QW0a4ROzndACg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

/** `owner` is the address that the work is done for: addresses take turns. */
@Injectable()
export class Passwords implements OnApplicationShutdown {
  private readonly places = new FairSemaphore({
    total: THREADS,
    perOwner: THREADS,
    maxWaitingPerOwner: MAX_WAITING_PER_OWNER,
  });
  private pool: Piscina | undefined;

  /** @throws AppError 429 or 503 when too many wait */
  private hash(owner: string, password: string): Promise<string> {
    return this.run(owner, { kind: 'hash', password }) as Promise<string>;
  }

  /**
   * Hashes a password that a user gets.
   * @throws AppError `account.weak_password`; 429 or 503 when too many wait
   */
  async hashNew(
    owner: string,
    password: string,
    { email, username, name }: Pick<UserValues, 'email' | 'username' | 'name'>,
  ): Promise<string> {
    if (await this.isWeak(owner, password, [email, username, name]))
      throw AccountErrors.weakPassword();
    return this.hash(owner, password);
  }

  /**
   * @param hash null for a user who has none: it takes as long, and the answer is false
   * @throws AppError 429 or 503 when too many wait
   */
  verify(owner: string, password: string, hash: string | null): Promise<boolean> {
    const input = { kind: 'verify', password, hash: hash ?? NOBODYS } as const;
    return this.run(owner, input) as Promise<boolean>;
  }

  /**
   * Whether the password is among those that are tried first.
   * @param known what others know of the user, such as the name: it makes a bad password
   * @throws AppError 429 or 503 when too many wait
   */
  private isWeak(
    owner: string,
    password: string,
    known: (string | null | undefined)[],
  ): Promise<boolean> {
    const words = [SERVICE, ...known.flatMap((text) => wordsOf(text ?? ''))];
    return this.run(owner, { kind: 'isWeak', password, known: words }) as Promise<boolean>;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool?.destroy();
  }

  private async run(owner: string, input: PasswordInput): Promise<string | boolean> {
    const patience = AbortSignal.timeout(MAX_WAIT_MS);
    try {
      return await this.places.run(owner, () => this.compute(input), patience);
    } catch (error) {
      if (error !== patience.reason) throw error;
      throw ServerErrors.busy({ retryAfter: RETRY_AFTER_SECONDS, cause: error });
    }
  }

  private compute(input: PasswordInput): Promise<string | boolean> {
    this.pool ??= startThreads(THREADS, { niceIncrement: NICE });
    return this.pool.run(input, { filename: TASK.url }) as Promise<string | boolean>;
  }
}
