// Decides whether messages may say when they were written.
import { Injectable } from '@nestjs/common';
import { RequestContexts } from '../../platform/context/index.js';
import { DatabaseClock } from '../../platform/database/index.js';
import {
  AccessErrors,
  type FieldError,
  RequestErrors,
  MAX_FAULTS,
} from '../../platform/errors/index.js';
import { compareTimes, words } from '../../platform/input/index.js';
import type { NewMessage } from './message-input.js';

/** How far the clock of a client may be ahead. */
const MAX_AHEAD_HOURS = 24;
const HOUR_MS = 3_600_000;
@Injectable()
export class OwnTimes {
  constructor(
    private readonly contexts: RequestContexts,
    private readonly clock: DatabaseClock,
  ) {}

  /**
   * Asks the database for its time only when a message has one of its own.
   * @param path JSON pointer of the list of messages, or null when the body is one message
   * @throws AppError 403 for a key without the scope `import`; 422 for a time in the future. Both
   *   name the fields
   */
  async check(messages: readonly NewMessage[], path: string | null): Promise<void> {
    const pointerOf = (i: number) => `${path === null ? '' : `${path}/${i}`}/createdAt`;
    const first = messages.findIndex(({ createdAt }) => createdAt !== undefined);
    if (first === -1) return;
    this.requireScope(pointerOf(first));
    const now = await this.clock.now();
    const latest = new Date(now.getTime() + MAX_AHEAD_HOURS * HOUR_MS).toISOString();
    const errors = messages.flatMap(({ createdAt }, i): FieldError[] =>
      createdAt !== undefined && compareTimes(createdAt, latest) > 0
        ? [{ pointer: pointerOf(i), message: words.notAhead(MAX_AHEAD_HOURS) }]
        : [],
    );
    if (errors.length > 0) throw RequestErrors.invalidBody({ errors: errors.slice(0, MAX_FAULTS) });
  }

  private requireScope(pointer: string): void {
    const principal = this.contexts.current()?.principal;
    if (principal?.scopes.has('import')) return;
    throw AccessErrors.scopeMissing({
      detail: 'A message with a time of its own needs the scope import.',
      errors: [{ pointer, message: 'needs the scope import' }],
      extra: { scope: 'import' },
    });
  }
}
