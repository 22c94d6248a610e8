// Runs one turn: builds the context, calls the model, and writes its reply; then runs the tools that
// the model called, and calls it again. No connection to the database is held meanwhile.
import { Injectable, Logger } from '@nestjs/common';
import { ContextService } from '../../../context-window/index.js';
import { type FinalStatus, UnfinishedMessages } from '../../../conversations/index.js';
import { ScopedDatabase } from '../../../platform/database/index.js';
import { toAppError } from '../../../platform/errors/index.js';
import {
  type CallWait,
  type ModelCall,
  ModelCallError,
  ModelCalls,
  type ModelEvent,
  type ModelPrompt,
  promptOf,
} from '../../models/index.js';
import { Config } from '../../../platform/config/config.js';
import { type FinalState, isFinal, type TurnError } from '../turn.entity.js';
import { Digests } from '../../digests/digests.js';
import { ModelKeysService } from '../../model-keys/model-keys.service.js';
import { RoundsRepository } from '../tools/rounds.repository.js';
import { ToolRounds } from '../tools/tool-rounds.js';
import { callsIn, type OfferedTools, type RunTools, TurnTools } from '../tools/turn-tools.js';
import { TurnModels } from '../turn-models.js';
import {
  type AdmittedTurn,
  isAdmitted,
  type TurnOutcome,
  type TurnRow,
  TurnsRepository,
} from '../turns.repository.js';
import { type BuiltContext, leftOutOf } from './built-context.js';
import { CachedReplies, type WholeReply } from './cached-replies.js';
import { insist } from './insist.js';
import type { LiveTurn } from './live-turn.js';
import {
  brokenOff,
  endedBy,
  type Finish,
  outcomeOf,
  overLimit,
  replyStatus,
  withEarlier,
} from './outcomes.js';
import { ReplyWriter } from './reply-writer.js';

@Injectable()
export class TurnRun {
  private readonly logger = new Logger('Turns');

  constructor(
    private readonly turns: TurnsRepository,
    private readonly models: TurnModels,
    private readonly calls: ModelCalls,
    private readonly keys: ModelKeysService,
    private readonly replies: CachedReplies,
    private readonly contexts: ContextService,
    private readonly messages: UnfinishedMessages,
    private readonly digests: Digests,
    private readonly database: ScopedDatabase,
    private readonly tools: TurnTools,
    private readonly rounds: ToolRounds,
    private readonly roundRows: RoundsRepository,
    private readonly config: Config,
  ) {}

  /**
   * Runs a turn, in the scope of its user. What the model said is stored, however it ends.
   * @param begun whether this process holds the turn; what the model is to see is read meanwhile
   * @returns the turn that comes after it, which this process holds
   */
  async run(
    turn: AdmittedTurn,
    live: LiveTurn,
    begun: Promise<boolean>,
    workerId: string,
  ): Promise<TurnRow | null> {
    // It may fail before anything awaits it. Each write of the turn awaits it first, and fails then.
    begun.catch(() => {});
    live.replySeq = turn.replySeq;
    const run = { live, workerId, begun, tools: this.tools.begin(live.signal) };
    try {
      for (let at = turn; ;) {
        const replied = await this.reply(at, run);
        const step = 'goesOn' in replied ? await this.answerCalls(replied.goesOn, run) : replied;
        if (!('goesOn' in step)) return step.next;
        at = step.goesOn;
      }
    } finally {
      run.tools.close();
    }
  }

  /** Calls the model. The turn goes on when this service answers calls of the reply. */
  private async reply(turn: AdmittedTurn, run: Run): Promise<Step> {
    const { live, workerId, tools } = run;
    if (live.version === null) return (await run.begun) ? { goesOn: turn } : { next: null };
    const place = {
      conversationId: turn.conversationId,
      messageId: turn.replyId,
      version: live.version,
    };
    const writer = new ReplyWriter(this.messages, place, live.reply);
    let finish: Finish | null = null;
    let error: TurnError | null = null;
    try {
      finish = await this.answer(turn, run, writer);
    } catch (thrown) {
      if (!(await run.begun)) return { next: null };
      error = this.errorOf(thrown, live, turn);
    }
    await writer.stop();
    live.reply.close();
    if (error && live.reply.isEmpty && (await this.isHandedOver(turn, run))) return { next: null };
    const outcome = withEarlier(turn, outcomeOf(finish, error, live));
    const { version } = writer;
    const end = { finish, workerId, version, outcome };
    const offered = outcome.state === 'waiting_for_tools' ? tools.ready : null;
    if (!offered || !callsIn(live.reply.values).some(offered.isOfService))
      return this.end(turn, live, { ...end, isOver: true });
    const limit = this.limitOf(turn, offered);
    return limit === null
      ? this.end(turn, live, { ...end, isOver: false })
      : this.end(turn, live, { ...end, outcome: overLimit(outcome, limit), isOver: true });
  }

  /** Runs tools. The turn goes on with its next reply, unless it waits for the application. */
  private async answerCalls(turn: AdmittedTurn, run: Run): Promise<Step> {
    const { live, workerId, tools } = run;
    try {
      if (live.version === null) live.reply.restore(await this.rounds.storedParts(turn));
      const all = callsIn(live.reply.values);
      const offered = await tools.offered(() =>
        this.models.choose(turn.conversationId, turn.options),
      );
      const calls = all.filter((call) => offered?.isOfService(call));
      if (!offered || calls.length === 0)
        throw new ModelCallError('model.bad_answer', 'The calls of the reply are gone.');
      const results = await offered.run(turn.replyId, calls);
      const isWaiting = calls.length < all.length;
      const after = await this.rounds.end({ turn, workerId, calls, results, isWaiting });
      if (!after && (await this.isCancelled(turn))) live.stop('cancelled');
      if (after?.state !== 'running') {
        if (live.end === 'cancelled') live.signal.throwIfAborted();
        return { next: null };
      }
      live.next(after);
      return { goesOn: after };
    } catch (thrown) {
      if (await this.isHandedOver(turn, run)) return { next: null };
      const error = this.errorOf(thrown, live, turn);
      const state = live.end === 'cancelled' ? 'cancelled' : 'interrupted';
      return { next: await this.endAsStored(turn, workerId, { state, error, reply: 'complete' }) };
    }
  }

  /** When this process stops, another one goes on with a turn that asks for it, as after a crash. */
  private async isHandedOver({ id, options }: TurnRow, { live, workerId }: Run): Promise<boolean> {
    if (live.end !== 'stopped' || options.onCrash !== 'retry') return false;
    return insist(() => this.turns.handOver(id, workerId));
  }

  /** A round does not end in a wait for the application when the turn was cancelled meanwhile. */
  private async isCancelled({ conversationId, id }: TurnRow): Promise<boolean> {
    const turn = await this.turns.find(conversationId, id);
    return turn?.state === 'running' && turn.cancelRequested;
  }

  private limitOf({ rounds }: TurnRow, offered: OfferedTools): TurnError | null {
    const { turnRounds, turnTimeout } = this.config.mcp;
    if (rounds.length >= turnRounds)
      return {
        code: 'turn.too_many_rounds',
        message: `The model called tools more than ${turnRounds} times.`,
      };
    if (!offered.isOverdue) return null;
    const message = `The model still called tools after ${turnTimeout} seconds.`;
    return { code: 'turn.tools_too_slow', message };
  }

  private async answer(turn: TurnRow, run: Run, writer: ReplyWriter): Promise<Finish> {
    const { live, workerId, tools } = run;
    const { conversationId, options } = turn;
    live.signal.throwIfAborted();
    const { replyCache } = options;
    const isCached = replyCache.ttlSeconds > 0;
    const [erasureMark, { servers, ...chosen }] = await Promise.all([
      isCached ? this.replies.erasureMark() : null,
      this.models.choose(conversationId, options),
    ]);
    const findKey = () => this.keys.find(chosen.model.provider);
    // A kept reply needs none.
    const earlyKey = isCached ? null : findKey();
    earlyKey?.catch(() => {});
    // Servers of tools are asked for a turn of this process only.
    if (servers) await this.refuseUnlessHeld(run);
    const offered = await tools.offered(async () => ({ tools: chosen.tools, servers }));
    const context = JSON.parse(
      await this.contexts.build(conversationId, {
        ...options.context,
        format: 'ai-sdk',
        explain: true,
      }),
    ) as BuiltContext;
    await this.refuseUnlessHeld(run);
    const messages = [...instructionsOf(options), ...promptOf(context)];
    const { agentConfig, ...own } = { ...chosen, messages };
    const call = { ...own, tools: [...own.tools, ...(offered?.ofServers ?? [])] };
    const { provider, name } = call.model;
    // The model is called meanwhile. Nothing that it says is taken before it is noted.
    const noted = this.turns.noteCall(turn.id, workerId, {
      manifestId: context.manifestId,
      ...{ provider, model: name },
    });
    noted.catch(() => {});
    const ask = async () =>
      this.ask(turn, live, writer, { ...call, ...keyOf(await (earlyKey ?? findKey())), noted });
    const told = { model: call.model, leftOut: leftOutOf(context) };
    if (!isCached) return { ...(await ask()), ...told, replyCache: null };
    const question = { ...call, agentConfig };
    const { signal } = live;
    const { use, ...reply } = await this.replies.answer(
      { options: replyCache, erasureMark, question, signal },
      ask,
    );
    await noted;
    if (use.hit) {
      live.reply.restore(reply.parts);
      await this.turns.noteOutput(turn.id);
    }
    return { ...reply, ...told, replyCache: use };
  }

  /** @throws also when the turn was cancelled */
  private async refuseUnlessHeld({ begun, live }: Run): Promise<void> {
    if (!(await begun)) throw new Error('Another process holds the turn, or it has ended.');
    live.signal.throwIfAborted();
  }

  private async ask(
    turn: TurnRow,
    live: LiveTurn,
    writer: ReplyWriter,
    { noted, ...call }: Omit<ModelCall, 'signal'> & { noted: Promise<void> },
  ): Promise<WholeReply> {
    const { signal } = live;
    const wait = waitOf(turn, this.database.userId);
    const events = this.calls.stream({ ...call, signal, wait });
    let finish: Extract<ModelEvent, { type: 'finish' }> | null = null;
    for await (const event of events) {
      await noted;
      if (event.type === 'finish') finish = event;
      else if (event.type !== 'started') await this.take(turn, live, writer, event);
    }
    const { reason, usage, costUsd } = finish!;
    return { reason, usage, costUsd, parts: live.reply.values };
  }

  private async take(
    turn: TurnRow,
    live: LiveTurn,
    writer: ReplyWriter,
    event: ModelEvent,
  ): Promise<void> {
    const isFirst = live.reply.parts.length === 0;
    live.reply.apply(event);
    writer.schedule();
    if (isFirst && live.reply.parts.length > 0) await this.turns.noteOutput(turn.id);
  }

  /**
   * Ends a turn that this process holds, whose reply stays as far as it was stored. Does nothing when
   * the turn has ended.
   * @param reply what becomes of the reply
   * @returns the turn that comes after it, which this process holds
   */
  async endAsStored(
    turn: TurnRow,
    workerId: string,
    { state, error, reply }: { state: FinalState; error: TurnError; reply: FinalStatus },
  ): Promise<TurnRow | null> {
    const outcome = withEarlier(turn, brokenOff(state, error));
    return this.database.transaction(async () => {
      const { isEnded, next } = await this.finish(turn, workerId, outcome);
      if (isEnded && isAdmitted(turn)) {
        const { conversationId, replyId: id, replySeq: seq } = turn;
        await this.messages.endAsIs(conversationId, { id, seq }, reply);
      }
      return next;
    });
  }

  /** Ends a turn, and gives its conversation to the one that waits next. Call it in a transaction. */
  private async finish(
    { id, conversationId }: TurnRow,
    workerId: string,
    outcome: TurnOutcome,
  ): Promise<{ isEnded: boolean; next: TurnRow | null }> {
    const ended = await this.turns.finish(id, workerId, outcome);
    if (!ended) return { isEnded: false, next: null };
    const next = isFinal(ended.state) ? await this.turns.promote(conversationId, workerId) : null;
    return { isEnded: true, next };
  }

  private async end(turn: AdmittedTurn, live: LiveTurn, end: RunEnd): Promise<Step> {
    try {
      return await insist(() => this.storeWithReply(turn, live, end));
    } catch (thrown) {
      const next = await this.endAsStored(turn, end.workerId, {
        state: 'interrupted',
        error: this.errorOf(thrown, live, turn),
        reply: 'interrupted',
      });
      return { next };
    }
  }

  /** The reply and what becomes of the turn are one transaction. */
  private storeWithReply(
    turn: AdmittedTurn,
    live: LiveTurn,
    { workerId, version, outcome, finish, isOver }: RunEnd,
  ): Promise<Step> {
    const { id: turnId, conversationId, replyId, replySeq } = turn;
    return this.database.transaction(async () => {
      const ended = isOver ? await this.finish(turn, workerId, outcome) : null;
      const kept = isOver ? null : await this.roundRows.keepUsage(turnId, workerId, outcome);
      if (!ended?.isEnded && !kept) return { next: null };
      await this.messages.write(conversationId, replyId, {
        expectedVersion: version,
        added: null,
        content: live.reply.content(),
        metadata: undefined,
        status: replyStatus(outcome, live.reply.isEmpty),
        leaseSeconds: 1,
      });
      if (finish && outcome.state === 'completed')
        await this.digests.afterTurn({ conversationId, turnId, replySeq, ...finish });
      return kept ? { goesOn: kept } : { next: ended?.next ?? null };
    });
  }

  private errorOf(thrown: unknown, live: LiveTurn, { id }: TurnRow): TurnError {
    if (live.end) return endedBy(live.end);
    if (thrown instanceof ModelCallError) return { code: thrown.code, message: thrown.message };
    const error = toAppError(thrown);
    if (error.definition.status >= 500)
      this.logger.error({ msg: 'a turn has failed', turnId: id, err: thrown });
    return { code: error.code, message: error.definition.title };
  }
}

/** What a run has. */
interface Run {
  live: LiveTurn;
  workerId: string;
  /** False when another process holds the turn, or it has ended: it is not answered then. */
  begun: Promise<boolean>;
  tools: RunTools;
}

/** A turn that goes on; or the turn that comes after it, which this process holds. */
type Step = { goesOn: AdmittedTurn } | { next: TurnRow | null };

/** What becomes of a turn once its reply is whole or broken off, and who says so. */
interface RunEnd {
  /** Null when the model gave no whole reply. */
  finish: Finish | null;
  workerId: string;
  /** Version of the stored reply. */
  version: number;
  outcome: TurnOutcome;
  /** False when tools are to be run. */
  isOver: boolean;
}

const waitOf = ({ options }: TurnRow, owner: string): CallWait =>
  options.isBackground === true
    ? { order: 'background', owner, maxWaitMs: null }
    : { order: 'foreground', owner };

/** The operator's key is used when the user has none. */
const keyOf = (apiKey: string | null): { apiKey?: string } => (apiKey === null ? {} : { apiKey });

const instructionsOf = ({ instructions }: TurnRow['options']): ModelPrompt =>
  instructions === undefined ? [] : [{ role: 'system', content: instructions }];
