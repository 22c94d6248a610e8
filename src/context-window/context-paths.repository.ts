// Reads the rows of windows in a conversation with branches. Rows are numbered by their place on
// the path, from 1 on without gaps, so that they are planned as those of any conversation.
import { Injectable } from '@nestjs/common';
import { MessagePath, MessageTrees, pathTo } from '../conversations/index.js';
import { ownedStatement, type Read, ScopedDatabase } from '../platform/database/index.js';
import {
  ContextRepository,
  toWindow,
  type WindowRow,
  type WindowRows,
  type WindowSize,
} from './context.repository.js';
import type { WindowSummary } from './plan/context-plan.js';
import type { LogRow } from './plan/window-message.js';
import { SealedWindow } from './sealed-window.js';
import {
  ASKED,
  keptText,
  lightTextOf,
  messagesInSpans,
  moreAsked,
  newestOf,
  QUESTION_REACH,
  SMALL_CONTENT,
} from './window-sql.js';

const NEWEST = newestOf(messagesInSpans('$5', 'true', SMALL_CONTENT));
const isOnPath = (seq: string) => `${seq} <@ $8::int4multirange`;
const WINDOW = ownedStatement<WindowRow>(
  'context.path_window',
  `${lightTextOf(NEWEST)}
   union all ${keptText(isOnPath)}`,
  { slow: true },
);
const OLDER = ownedStatement<LogRow>('context.path_older', NEWEST, { slow: true });
const USER_MESSAGES = ownedStatement<LogRow>(
  'context.path_user_messages',
  `select * from (${messagesInSpans('$4', ASKED)}) asked order by seq`,
  { slow: true },
);
const MORE_USER_MESSAGES = ownedStatement<LogRow>(
  'context.path_more_user_messages',
  moreAsked((condition) => messagesInSpans('$4', condition)),
  { slow: true },
);

@Injectable()
export class ContextPaths {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly trees: MessageTrees,
    private readonly rows: ContextRepository,
    private readonly sealed: SealedWindow,
  ) {}

  /**
   * Finds the path to the head, or to another message. Null for a conversation that has no branches
   * or does not exist.
   */
  async find(conversationId: string, seq?: number): Promise<MessagePath | null> {
    const found = await this.trees.find(conversationId);
    return found ? pathTo(found, seq ?? found.headSeq) : null;
  }

  /** The statement that reads the rows of a window. */
  windowRead(
    conversationId: string,
    path: MessagePath,
    { messages, tokens, bytes, largestContent }: WindowSize,
  ): Read<WindowRow> {
    const [low, high] = path.last(messages).bounds;
    const values = [conversationId, low, tokens, high, bytes, largestContent, path.multirange];
    return { query: WINDOW, values };
  }

  /** Takes the rows of `windowRead`, null without the conversation. */
  async toWindow(rows: object[], path: MessagePath): Promise<WindowRows | null> {
    const window = toWindow(await this.sealed.rows(rows as WindowRow[]));
    return (
      window && {
        ...window,
        lastSeq: path.length,
        newest: placed(window.newest, path),
        kept: placed(window.kept, path),
        summaries: placedSummaries(window.summaries, path),
      }
    );
  }

  /** Reads the messages right before a place, in order. */
  async listBefore(
    conversationId: string,
    path: MessagePath,
    place: number,
    { messages, tokens, bytes, largestContent }: WindowSize,
  ): Promise<LogRow[]> {
    const [low, high] = path.first(place - 1).last(messages).bounds;
    const values = [conversationId, low, tokens, high, bytes, largestContent];
    const rows = await this.sealed.messages(await this.database.read(OLDER, values));
    return placed(rows, path).sort((a, b) => a.seq - b.seq);
  }

  /** Reads the user's last messages before a place, in order, without those that give results. */
  async listUserMessages(
    conversationId: string,
    path: MessagePath,
    place: number,
  ): Promise<LogRow[]> {
    const reach = path.first(place - 1).last(QUESTION_REACH.messages);
    const rows = await this.database.read(USER_MESSAGES, [conversationId, ...reach.bounds]);
    const asked = await this.sealed.asked(rows, async (beforeSeq) => {
      const rest = reach.first(reach.placeOf(beforeSeq)! - 1);
      if (rest.length === 0) return [];
      return this.database.read(MORE_USER_MESSAGES, [conversationId, ...rest.bounds]);
    });
    return placed(asked, path);
  }

  async listByPlace(
    conversationId: string,
    path: MessagePath,
    places: number[],
  ): Promise<LogRow[]> {
    const seqs = places.map((place) => path.seqAt(place));
    return placed(await this.rows.listBySeq(conversationId, seqs), path);
  }

  async listSummaries(
    conversationId: string,
    path: MessagePath,
    ids: string[],
  ): Promise<WindowSummary[]> {
    return placedSummaries(await this.rows.listSummaries(conversationId, ids), path);
  }
}

const placed = <R extends { seq: number }>(rows: R[], path: MessagePath): R[] =>
  rows.map((row) => ({ ...row, seq: path.placeOf(row.seq)! }));

const placedSummaries = (summaries: WindowSummary[], path: MessagePath): WindowSummary[] =>
  summaries.map((summary) => ({
    ...summary,
    fromSeq: path.placeOf(summary.fromSeq)!,
    toSeq: path.placeOf(summary.toSeq)!,
  }));
