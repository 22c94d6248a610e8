// Searches a user's messages: by the index of their words, without typing errors when nothing is
// found, and by a scan for words that no index has.
import { Injectable } from '@nestjs/common';
import { Config } from '../../../platform/config/config.js';
import { HeavyWork } from '../../../platform/heavy-work/index.js';
import { readSearchQuestion, type SearchQuestion, Stems } from '../../../platform/text/index.js';
import { ConversationErrors } from '../../conversations.errors.js';
import { type MessageHitsDto, toHitDto } from '../../dto/message.dto.js';
import { MessagesRepository } from '../messages.repository.js';
import type { MessagePath } from '../tree/message-path.js';
import { MessageTrees, pathTo } from '../tree/message-trees.js';
import { MessageIndexer } from './message-indexer.js';
import { listLongWords, toMessageQuestion } from './message-question.js';
import { MessageSearchRepository, type SearchHit } from './message-search.repository.js';
import { meeting } from './met-messages.js';
import { scanOf, toScannedHits } from './stop-word-scan.js';
import { isLoose } from './tsquery.js';

/** How many times more hits are looked at when some are in conversations with branches. */
const BRANCHED_HITS = 5;
/** How many words of a question are corrected. */
const MAX_MISTYPED = 3;
/** Messages that are compared with a question here, because PostgreSQL cannot do it. */
const MAX_COMPARED_HITS = 300;

export interface MessageSearchRequest {
  q: string;
  /** The last word may be the beginning of a word. */
  prefix: boolean;
  limit: number;
  /** Adds to each hit how its score is made up. */
  explain: boolean;
}

interface Found {
  rows: SearchHit[];
  isWhole: boolean;
}

@Injectable()
export class MessageSearchService {
  constructor(
    private readonly messages: MessagesRepository,
    private readonly index: MessageSearchRepository,
    private readonly indexer: MessageIndexer,
    private readonly trees: MessageTrees,
    private readonly work: HeavyWork,
    private readonly config: Config,
  ) {}

  /**
   * Searches one conversation, or all of the user's. Hits of other branches come last.
   * @throws AppError 404 when there is no such conversation
   * @throws AppError 429 when too many searches for stop words of this user wait
   * @throws AppError 503 while a long history is indexed
   */
  async search(
    asked: MessageSearchRequest,
    conversationId: string | null,
  ): Promise<MessageHitsDto> {
    if (conversationId && (await this.messages.findHeads(conversationId)) === null)
      throw ConversationErrors.notFound();
    const question = readSearchQuestion(asked.q, asked);
    if (question === null) return { data: [], complete: true };
    const { rows, isWhole } = question.hasStopWordsOnly
      ? await this.scan(question, asked, conversationId)
      : await this.searchIndex(question, asked, conversationId);
    const isShown = await this.shownIn(rows);
    const hits = rows.map((row) => toHitDto(row, isShown(row), asked.explain));
    const ordered = hits.sort((a, b) => Number(b.onPath) - Number(a.onPath));
    return { data: ordered.slice(0, asked.limit), complete: isWhole };
  }

  private async searchIndex(
    question: SearchQuestion,
    asked: MessageSearchRequest,
    conversationId: string | null,
  ): Promise<Found> {
    await this.indexer.catchUp(conversationId);
    const found = await this.find(question, asked.limit, conversationId);
    if (found.rows.length > 0 || !found.isWhole) return found;
    const corrected = await this.corrected(question, asked, conversationId);
    return corrected === null ? found : this.find(corrected, asked.limit, conversationId);
  }

  private async find(
    question: SearchQuestion,
    limit: number,
    conversationId: string | null,
  ): Promise<Found> {
    const written = toMessageQuestion(question);
    const find = (hits: number) =>
      this.index.search(written, conversationId, hits, this.config.bytes.page);
    if (isLoose(question.match)) {
      const { rows, hasMore } = await find(MAX_COMPARED_HITS);
      const isWhole = !hasMore && rows.length < MAX_COMPARED_HITS;
      return { rows: await meeting(rows, question, new Stems()), isWhole };
    }
    let found = await find(limit);
    // Hits of other branches must not displace those that are shown.
    if (found.rows.length === limit && found.rows.some(({ headSeq }) => headSeq !== null))
      found = await find(limit * BRANCHED_HITS);
    return { rows: found.rows, isWhole: !found.hasMore };
  }

  /** Returns the question for words that its unknown ones may be; null when it has none. */
  private async corrected(
    question: SearchQuestion,
    asked: MessageSearchRequest,
    conversationId: string | null,
  ): Promise<SearchQuestion | null> {
    const words = listLongWords(question);
    if (words.length === 0) return null;
    const forms = words.map(({ anyForm }) => anyForm);
    const held = await this.index.areHeld(forms, conversationId);
    const mistyped = words.filter((_, i) => !held[i]).slice(0, MAX_MISTYPED);
    if (mistyped.length === 0) return null;
    return readSearchQuestion(asked.q, {
      prefix: asked.prefix,
      mistyped: new Set(mistyped.map(({ word }) => word)),
    });
  }

  /** Finds what consists of stop words, which the index leaves out, among the newest messages. */
  private async scan(
    question: SearchQuestion,
    { q }: MessageSearchRequest,
    conversationId: string | null,
  ): Promise<Found> {
    const { page, scan } = this.config.bytes;
    const limits = { messages: MAX_COMPARED_HITS, scannedBytes: scan, bytes: page };
    const { rows, isWhole } = await this.work.run('search', () =>
      this.index.scan(scanOf(question, q), conversationId, limits),
    );
    return { rows: await toScannedHits(rows, question), isWhole };
  }

  /** Tells of each hit whether its conversation shows it. */
  private async shownIn(rows: SearchHit[]): Promise<(row: SearchHit) => boolean> {
    const branched = rows.filter(({ headSeq }) => headSeq !== null);
    const paths = new Map<string, MessagePath>();
    for (const id of new Set(branched.map(({ conversationId }) => conversationId))) {
      const found = await this.trees.find(id);
      if (found) paths.set(id, pathTo(found, found.headSeq));
    }
    return ({ conversationId, seq }) => paths.get(conversationId)?.placeOf(seq) !== null;
  }
}
