// Lets a turn that has waited begin: its messages come into the conversation, with its reply.
import { Injectable } from '@nestjs/common';
import type { AppendInput } from '../../../conversations/index.js';
import { ScopedDatabase } from '../../../platform/database/index.js';
import { AccessErrors, type AppError, toAppError } from '../../../platform/errors/index.js';
import { TurnInput } from '../turn-input.js';
import {
  type AdmittedTurn,
  isAdmitted,
  type TurnRow,
  TurnsRepository,
} from '../turns.repository.js';
import type { TurnError } from '../turn.entity.js';
import { endedBy } from './outcomes.js';
import { TurnRun } from './turn-run.js';

export type Admission = { admitted: AdmittedTurn } | { admitted: null; next: TurnRow | null };

@Injectable()
export class TurnAdmission {
  constructor(
    private readonly turns: TurnsRepository,
    private readonly input: TurnInput,
    private readonly endings: TurnRun,
    private readonly database: ScopedDatabase,
  ) {}

  /**
   * Call it in the scope of the turn's user.
   * @param turn one that this process holds
   * @returns without `admitted`, the turn has ended, or another process holds it; `next` is the turn
   *   after it
   * @throws AppError when another try may do it
   */
  async admit(turn: TurnRow, workerId: string): Promise<Admission> {
    if (isAdmitted(turn)) return { admitted: turn };
    try {
      const admitted = await this.database.transaction(() => this.append(turn, workerId));
      return admitted ? { admitted } : { admitted: null, next: null };
    } catch (thrown) {
      const end =
        thrown instanceof CancelledError
          ? { state: 'cancelled' as const, error: endedBy('cancelled') }
          : { state: 'failed' as const, error: refusalOf(thrown) };
      const next = await this.endings.endAsStored(turn, workerId, { ...end, reply: 'failed' });
      return { admitted: null, next };
    }
  }

  private async append({ id, conversationId }: TurnRow, workerId: string) {
    const read = await this.turns.lockInput(id, workerId);
    if (read === null) return null;
    if (read.isCancelled) throw new CancelledError();
    if (!read.isActive) throw AccessErrors.userNotActive();
    const messages = JSON.parse(read.input) as AppendInput;
    const { reply } = await this.input.appendChecked(conversationId, id, messages);
    return this.turns.admit(id, reply);
  }
}

/** The turn was cancelled before its messages came into the conversation. */
class CancelledError extends Error {
  override readonly name = 'CancelledError';
}

/** @throws what was thrown, when another try may do it */
function refusalOf(thrown: unknown): TurnError {
  const error = toAppError(thrown);
  if (mayPass(error)) throw thrown;
  return { code: error.code, message: error.definition.title };
}

/** A database that is away, or a user's queue that is full, and not a quota. */
const mayPass = ({ definition: { status } }: AppError): boolean =>
  status === 429 || (status >= 500 && status !== 507);
