// Decides what an import adds to a conversation that is there: what follows its last message, or, of a
// source with branches, whatever it does not have.
import { Injectable } from '@nestjs/common';
import { ConversationErrors } from '../conversations.errors.js';
import { IMPORT_LIMITS } from '../dto/import.dto.js';
import type { ConversationState } from '../dto/conversation.dto.js';
import type { ImportedMessage, ImportInput } from './import-input.js';
import {
  type Difference,
  digestOf,
  ImportRepository,
  type LockedConversation,
  type StoredMessage,
} from './import.repository.js';
import { findStored } from './stored-tree.js';

export interface ImportPlan extends Difference {
  /** What to add, in order. */
  fresh: FreshMessage[];
  /** `seq` of the head of the source in the conversation, 0 for none; null to leave the head. */
  headSeq: number | null;
}

export interface FreshMessage {
  /** Index in the request. */
  index: number;
  /** `seq` of the message that it follows, 0 for none. Null means the message before. */
  parentSeq: number | null;
}

/** In longer conversations only the place of a message tells which one it is. */
const MAX_COMPARED = 2 * IMPORT_LIMITS.messages;

@Injectable()
export class ImportPlans {
  constructor(private readonly imports: ImportRepository) {}

  /** @throws AppError 409 when there is a gap before the messages */
  async plan(input: ImportInput, conversation: ConversationState): Promise<ImportPlan> {
    const known = overlap(input, conversation.lastSeq);
    const { id, lastSeq } = conversation;
    const messages = input.messages.slice(0, known);
    const found = await this.imports.findDifference(id, messages, input.firstSeq);
    if (found.differsAt === null)
      return { ...found, fresh: freshAfter(input, known), headSeq: input.headSeq };
    return isWholeTree(input) && lastSeq <= MAX_COMPARED
      ? this.compareTrees(input, conversation)
      : { ...found, fresh: [], headSeq: null };
  }

  /**
   * Returns what the plan may add, without a look at the messages that are there.
   * @throws AppError 409 when there is a gap before the messages
   */
  mayAdd(input: ImportInput, lastSeq: number): FreshMessage[] {
    return freshAfter(input, isWholeTree(input) ? 0 : overlap(input, lastSeq));
  }

  private async compareTrees(
    { messages, headSeq: head }: ImportInput,
    { id, lastSeq, headSeq }: ConversationState,
  ): Promise<ImportPlan> {
    const stored = await this.imports.listStored(id);
    const source = messages.map((message, i) => ({
      ...message,
      seq: i + 1,
      parentSeq: message.parentSeq ?? i,
      digest: digestOf(message),
      createdAt: message.createdAt!,
    }));
    const seqs = findStored(stored, source);
    const known = new Set(seqs);
    const fresh: FreshMessage[] = [];
    const mayBeErased = erasedAmong(stored, known);
    for (const message of source) {
      const { seq: place, parentSeq: parentPlace } = message;
      if (seqs[place] !== null) continue;
      const seq = lastSeq + fresh.length + 1;
      const parent = seqs[parentPlace]!;
      // A removed message may have another time in this source. It must not be stored again.
      if (parent <= lastSeq && mayBeErased(parent, message))
        return { differsAt: place, erased: 0, fresh: [], headSeq: null };
      seqs[place] = seq;
      fresh.push({ index: place - 1, parentSeq: parent === seq - 1 ? null : parent });
    }
    // A head that the source does not have was appended here.
    const isOfSource = known.has(headSeq ?? lastSeq);
    return {
      differsAt: null,
      erased: stored.filter(({ seq, erased }) => erased && known.has(seq)).length,
      fresh,
      headSeq: isOfSource ? seqs[head!]! : (headSeq ?? lastSeq),
    };
  }
}

/**
 * Tells whether a message of the source may be one that was erased here. Of an erased message only its
 * place, role and time are known, and a source without times gives it another time each time.
 * @param known `seq` of the stored messages that the source has
 */
function erasedAmong(
  stored: readonly StoredMessage[],
  known: ReadonlySet<number | null>,
): (parentSeq: number, message: Pick<StoredMessage, 'role' | 'createdAt'>) => boolean {
  const lost = new Set<string>();
  const sameTime = new Set<string>();
  for (const { seq, parentSeq, role, createdAt, erased } of stored)
    if (erased)
      if (known.has(seq)) sameTime.add(`${parentSeq} ${role} ${createdAt}`);
      else lost.add(`${parentSeq} ${role}`);
  return (parentSeq, { role, createdAt }) =>
    lost.has(`${parentSeq} ${role}`) || sameTime.has(`${parentSeq} ${role} ${createdAt}`);
}

/** Only the last request of a source names its head, so one that is the first, too, has all of it. */
export const isWholeTree = ({ firstSeq, headSeq }: ImportInput): boolean =>
  firstSeq === 1 && headSeq !== null;

const freshAfter = ({ messages }: ImportInput, known: number): FreshMessage[] =>
  messages.slice(known).map(({ parentSeq }: ImportedMessage, i) => ({
    index: known + i,
    parentSeq,
  }));

/**
 * Returns the head after an import, null for a conversation without branches. A head that was moved
 * here stays, unless it is the last message.
 */
export function headAfter(
  {
    headSeq,
    lastSeq,
    contextChanges,
  }: Pick<LockedConversation, 'headSeq' | 'lastSeq' | 'contextChanges'>,
  { fresh, headSeq: wanted }: Pick<ImportPlan, 'fresh' | 'headSeq'>,
): number | null {
  const last = lastSeq + fresh.length;
  const isAtEnd = headSeq === null || headSeq === lastSeq;
  const isBranched = headSeq !== null || fresh.some(({ parentSeq }) => parentSeq !== null);
  const next = isAtEnd ? last : headSeq;
  const head = wanted !== null && (isAtEnd || contextChanges === 0) ? wanted : next;
  return isBranched || head !== last ? head : null;
}

/** Returns the head of a new conversation, as `headAfter`. */
export const firstHead = ({ headSeq }: ImportInput, fresh: FreshMessage[]): number | null =>
  headAfter({ lastSeq: 0, headSeq: null, contextChanges: 0 }, { fresh, headSeq });

/**
 * Returns how many of the messages have a seq that is taken.
 * @throws AppError 409 when there is a gap before them
 */
function overlap({ firstSeq, messages }: ImportInput, lastSeq: number): number {
  if (firstSeq > lastSeq + 1) throw ConversationErrors.headMoved({ extra: { lastSeq } });
  return Math.min(lastSeq + 1 - firstSeq, messages.length);
}
