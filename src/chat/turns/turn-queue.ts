// Turns that wait until the turns before them have ended. Their messages are kept with them, and come
// into the conversation when it is their turn.
import { Injectable } from '@nestjs/common';
import type { AppendInput } from '../../conversations/index.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import { TurnRunner } from './run/turn-runner.js';
import { TurnInput } from './turn-input.js';
import type { TurnOptions, WhenBusy } from './turn.entity.js';
import { TurnErrors } from './turns.errors.js';
import { type TurnRow, TurnsRepository } from './turns.repository.js';

/** Turns that wait in one conversation. */
const MAX_WAITING_TURNS = 10;
/** Turns of one user that wait in all conversations. */
const MAX_WAITING_OF_USER = 100;
/** Of the messages of a turn that waits, as JSON. */
const MAX_INPUT_BYTES = 1_048_576;

interface QueuedRequest {
  id: string;
  conversationId: string;
  input: AppendInput;
  options: TurnOptions;
}

@Injectable()
export class TurnQueue {
  constructor(
    private readonly turns: TurnsRepository,
    private readonly input: TurnInput,
    private readonly runner: TurnRunner,
    private readonly database: ScopedDatabase,
  ) {}

  /**
   * Keeps a turn behind those that run or wait, or ends them for it. Call it in the transaction of
   * the turn.
   * @returns null when it need not wait
   * @throws AppError 413 and 429 beyond the limits of a queue; 403 and 422 as an append
   */
  async enqueue(request: QueuedRequest, whenBusy: WhenBusy): Promise<TurnRow | null> {
    if (whenBusy === 'reject') return null;
    const { id, conversationId, options, input } = request;
    await this.turns.lockBefore(conversationId, MAX_WAITING_TURNS + 1);
    // Whoever had the locks may have added a turn, which only a later statement sees.
    let before = await this.turns.lockBefore(conversationId, MAX_WAITING_TURNS + 1);
    if (whenBusy === 'interrupt') before = await this.interrupt(before);
    if (before.length === 0) return null;
    if (before.length > MAX_WAITING_TURNS)
      throw TurnErrors.queueFull({ detail: `At most ${MAX_WAITING_TURNS} turns can wait.` });
    await this.input.check(input);
    const json = JSON.stringify(input);
    if (Buffer.byteLength(json) > MAX_INPUT_BYTES)
      throw TurnErrors.inputTooLarge({ detail: `At most ${MAX_INPUT_BYTES} bytes of JSON.` });
    const turn = { id, conversationId, options, input: json };
    const waiting = await this.turns.insertWaiting(turn, MAX_WAITING_OF_USER);
    if (!waiting)
      throw TurnErrors.queueFull({ detail: `At most ${MAX_WAITING_OF_USER} of a user can wait.` });
    return waiting;
  }

  /** @returns the ones that have not ended yet */
  private async interrupt(ids: string[]): Promise<string[]> {
    const running: string[] = [];
    for (const id of ids) {
      const turn = await this.turns.cancel(id);
      if (turn?.state !== 'cancelled') running.push(id);
    }
    this.database.afterCommit(() => {
      for (const id of running) this.runner.cancel(id);
    });
    return running;
  }
}
