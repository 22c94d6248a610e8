// Updates a user's search index. A message that cannot be indexed is marked and skipped, so that
// the others are found.
import { Injectable, Logger } from '@nestjs/common';
import { RequestContexts } from '../../../platform/context/index.js';
import { AppError, codeBehind, toAppError } from '../../../platform/errors/index.js';
import { Slices } from '../../../platform/fairness/index.js';
import { Stems } from '../../../platform/text/index.js';
import { WorkerPool, workerTask } from '../../../platform/workers/index.js';
import { ConversationErrors } from '../../conversations.errors.js';
import {
  type IndexFailure,
  MessageSearchRepository,
  type PendingMessage,
} from './message-search.repository.js';
import { MAX_INDEXED_CHARACTERS, searchedTerms, type StoredContent } from './message-words.js';

/** Limits of the work of one request. Beyond them the client is asked to retry. */
const MAX_MESSAGES = 10_000;
const MAX_CHARACTERS = 20_000_000;
const MAX_INDEXING_MS = 10_000;
const RETRY_AFTER_SECONDS = 1;

/** Characters whose terms are made here, in slices. More go to a worker thread. */
const MAX_INLINE_CHARACTERS = 131_072;

const TERMS = workerTask<StoredContent[], string[]>(import.meta.url, './message-words.task');

interface Indexed {
  conversationId: string;
  seq: number;
  terms: string;
  failure: IndexFailure | null;
  changes: number;
}

@Injectable()
export class MessageIndexer {
  private readonly logger = new Logger(MessageIndexer.name);

  constructor(
    private readonly index: MessageSearchRepository,
    private readonly contexts: RequestContexts,
    private readonly workers: WorkerPool,
  ) {}

  /**
   * Indexes the messages that are missing.
   * @throws AppError 503 while a long history is indexed for the first time; each retry continues
   *   the work
   */
  async catchUp(conversationId: string | null): Promise<void> {
    // A user who does not exist yet has nothing to index, and a search must not create the user.
    if (this.contexts.userScope().provision) return;
    const startedAt = performance.now();
    let [messagesLeft, charactersLeft] = [MAX_MESSAGES, MAX_CHARACTERS];
    while (messagesLeft > 0 && charactersLeft > 0) {
      const { messages, isLast } = await this.index.pending(conversationId);
      const added = messages.length > 0 ? await this.add(await this.withTerms(messages)) : 0;
      // Words of a conversation in which something was erased meanwhile have to be made again.
      if (isLast && added === messages.length) return;
      if (performance.now() - startedAt > MAX_INDEXING_MS) break;
      messagesLeft -= messages.length;
      charactersLeft -= messages.reduce((sum, { content }) => sum + (content?.length ?? 0), 0);
    }
    throw ConversationErrors.indexing({ retryAfter: RETRY_AFTER_SECONDS });
  }

  /** Makes the terms of one content; null when that takes too long. */
  async termsOf(content: StoredContent): Promise<string | null> {
    return (await this.makeTerms([content]))[0]!;
  }

  private async withTerms(messages: PendingMessage[]): Promise<Indexed[]> {
    const contents = messages.map(({ content, isJson }) =>
      content ? { content, isJson } : NO_WORDS,
    );
    const found = await this.makeTerms(contents);
    return messages.map(({ conversationId, seq, content, changes }, i) => {
      const terms = found[i]!;
      const failure = content === null ? 'too_large' : terms === null ? 'failed' : null;
      return { conversationId, seq, terms: terms ?? '', failure, changes };
    });
  }

  /**
   * Makes the terms of each message, or null when that takes too long. It halves the batch to find
   * the message that does.
   */
  private async makeTerms(contents: StoredContent[]): Promise<(string | null)[]> {
    const characters = contents.reduce((sum, one) => sum + readCharacters(one), 0);
    if (characters <= MAX_INLINE_CHARACTERS) {
      const [stems, slices, terms] = [new Stems(), new Slices(), new Array<string>()];
      for (const content of contents) terms.push(await slices.run(searchedTerms(content, stems)));
      return terms;
    }
    try {
      return await this.workers.run(TERMS, contents);
    } catch (error) {
      if (!isTooCostly(error)) throw error;
      if (contents.length === 1) return [null];
      const [first, second] = halves(contents);
      return [...(await this.makeTerms(first)), ...(await this.makeTerms(second))];
    }
  }

  /**
   * Adds the messages to the index. When PostgreSQL rejects the terms, it halves the batch until
   * the message is found, and stores that one without words.
   * @returns how many are in the index now
   */
  private async add(messages: Indexed[]): Promise<number> {
    try {
      return await this.index.add(messages);
    } catch (error) {
      const failure = failureOf(error);
      if (failure === null) throw error;
      if (messages.length > 1) {
        const [first, second] = halves(messages);
        return (await this.add(first)) + (await this.add(second));
      }
      const [{ conversationId, seq, changes }] = messages as [Indexed];
      this.logger.warn({ msg: 'a message cannot be searched', conversationId, seq, failure });
      return this.index.add([{ conversationId, seq, terms: '', failure, changes }]);
    }
  }
}

const NO_WORDS: StoredContent = { content: '', isJson: false };

const readCharacters = ({ content, isJson }: StoredContent): number =>
  isJson ? content.length : Math.min(content.length, MAX_INDEXED_CHARACTERS);

function halves<T>(all: T[]): [T[], T[]] {
  const middle = Math.ceil(all.length / 2);
  return [all.slice(0, middle), all.slice(middle)];
}

const isTooCostly = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'request.too_costly';

/**
 * Tells whether the words caused the error: SQLSTATE 57014 is a timeout, class 22 wrong data, 42601
 * wrong syntax of a vector, class 54 a limit of PostgreSQL.
 */
function failureOf(error: unknown): IndexFailure | null {
  const code = codeBehind(error) ?? codeBehind(toAppError(error).details.cause);
  if (code === '57014') return 'timed_out';
  return code !== undefined && /^(22|42601|54)/.test(code) ? 'failed' : null;
}
