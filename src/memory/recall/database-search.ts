// Searches the texts of a user whose index would be too large.
// PostgreSQL finds texts with the words, and the best of them are ranked as an index ranks them.
import { Injectable } from '@nestjs/common';
import { SealedMessages, SealedSearches } from '../../conversations/index.js';
import { Slices } from '../../platform/fairness/index.js';
import { MAX_SEARCHED_CHARACTERS, splitWords } from '../../platform/text/index.js';
import { HeavyWork } from '../../platform/heavy-work/index.js';
import { type SearchableText, TextIndex } from '../search/text-index.js';
import { searchableMemory, searchableMessage } from './indexed-text.js';
import type { MemoryFilter } from './memory-filter.js';
import { MemoryIndexRepository } from './memory-index.repository.js';
import { MessageIndexRepository } from './message-index.repository.js';
import { extractNeedles } from './needles.js';
import { SealedFilters } from '../sealing/sealed-filters.js';
import { SealedMemories } from '../sealing/sealed-memories.js';
import { type Scan, type ScannedTable, WordScanRepository } from './word-scan.repository.js';

/** Limits of what is ranked. */
const MAX_CANDIDATES = { texts: 300, characters: 8_000_000 };
/** Of the newest texts, which are ranked without a scan for words. */
const MAX_NEWEST = { texts: 2_000, bytes: 8_000_000 };

export interface Candidates {
  texts: TextIndex;
  /** True when all texts were scanned, and every text with the words is a candidate. */
  isWhole: boolean;
  /** Words of the texts that begin as the last word of the query. */
  begun: string[];
  /**
   * How many words each text has as they are written in the query, by its ref. Undefined when stop
   * words are not looked for.
   */
  written: ReadonlyMap<string, number> | undefined;
}

export interface WantedTexts {
  query: string;
  filter: MemoryFilter | null;
  asOf: string | null;
  /** Ids found by vectors; they are candidates whatever their words. */
  nearest: string[];
  /** Stop words are looked for as other words are. */
  keepsStopWords: boolean;
  /** The beginning of a word, with which the query ends; null when there is none. */
  openWord: string | null;
  /** It only says what a text must not have. */
  isUnranked: boolean;
}

@Injectable()
export class DatabaseSearch {
  constructor(
    private readonly words: WordScanRepository,
    private readonly memories: MemoryIndexRepository,
    private readonly messages: MessageIndexRepository,
    private readonly work: HeavyWork,
    private readonly sealing: SealedMemories,
    private readonly sealed: SealedFilters,
    private readonly messageSealing: SealedMessages,
    private readonly sealedMessages: SealedSearches,
  ) {}

  /**
   * Finds the texts to rank.
   * @throws AppError 429 when too many searches of this user wait
   */
  findCandidates(table: ScannedTable, wanted: WantedTexts): Promise<Candidates> {
    return this.work.run('search', async () => {
      const scan = await this.scan(table, wanted);
      const ids = [...new Set([...scan.ids, ...wanted.nearest])];
      const read =
        table === 'memory'
          ? await this.readMemories(ids, wanted.asOf)
          : await this.readMessages(ids);
      const { query, keepsStopWords } = wanted;
      return {
        written: keepsStopWords ? await countWritten(query, read.texts) : undefined,
        texts: await buildIndex(read.texts, keepsStopWords),
        begun: wanted.openWord === null ? [] : wordsBeginning(wanted.openWord, read.texts),
        isWhole: scan.isWhole && read.isWhole,
      };
    });
  }

  private async scan(table: ScannedTable, wanted: WantedTexts): Promise<Scan> {
    const { query, filter, asOf, keepsStopWords, openWord, isUnranked } = wanted;
    const isSealed = table === 'memory' ? this.sealing.isOn : this.messageSealing.isOn;
    if (isSealed || isUnranked) return this.words.newest(table, filter, asOf, MAX_NEWEST);
    const needles = extractNeedles(query, { keepsStopWords, goesOn: openWord !== null });
    if (needles.length === 0) return { ids: [], isWhole: true };
    const limit = MAX_CANDIDATES.texts;
    const scan = await this.words.scan(table, needles, filter, asOf, limit);
    const isWhole = scan.isWhole && scan.ids.length < limit;
    // PostgreSQL finds no words in what is still sealed.
    const hasSealed = await (table === 'memory' ? this.sealed : this.sealedMessages).hasSealed();
    return { ids: scan.ids, isWhole: isWhole && !hasSealed };
  }

  private readMemories(ids: string[], asOf: string | null): Promise<ReadTexts> {
    return readAll(ids, async (some) => {
      const rows = await this.memories.texts(some, asOf);
      return rows.map((row) => ({
        id: row.id,
        text: row.content === null ? null : searchableMemory({ ...row, content: row.content }),
      }));
    });
  }

  private readMessages(ids: string[]): Promise<ReadTexts> {
    return readAll(ids, async (some) =>
      (await this.messages.texts(some)).map((row) => ({
        id: row.id,
        text: readOrNull(() => searchableMessage(row, row.conversationId)),
      })),
    );
  }
}

interface ReadTexts {
  texts: SearchableText[];
  isWhole: boolean;
}

interface ReadText {
  id: string;
  /** Null when the text cannot be read. */
  text: SearchableText | null;
}

/** How many ids one read asks for. */
const IDS_PER_READ = 50;

async function readAll(
  ids: string[],
  read: (ids: string[]) => Promise<ReadText[]>,
): Promise<ReadTexts> {
  const texts: SearchableText[] = [];
  const waiting = [...ids];
  let room = MAX_CANDIDATES.characters;
  while (waiting.length > 0 && room > 0) {
    const some = waiting.splice(0, IDS_PER_READ);
    const found = await read(some);
    // Rows come in the order of ids: those after the last one did not fit into this read, those
    // before it do not exist.
    const last = found.at(-1)?.id;
    if (last !== undefined) waiting.unshift(...some.filter((id) => id > last));
    for (const { text } of found) {
      if (text) texts.push(text);
      room -= text?.text.length ?? 0;
    }
  }
  return { texts, isWhole: waiting.length === 0 && texts.length === ids.length };
}

function readOrNull(read: () => SearchableText): SearchableText | null {
  try {
    return read();
  } catch {
    return null;
  }
}

async function buildIndex(texts: SearchableText[], keepsStopWords: boolean): Promise<TextIndex> {
  const [index, slices] = [new TextIndex({ keepsStopWords }), new Slices()];
  for (const text of texts.sort((a, b) => a.at - b.at)) {
    await index.putInSlices(text, slices);
    if (slices.isDue) await slices.next();
  }
  await index.prepare(slices);
  return index;
}

const WRITTEN_WORD = /\p{L}+(?:['’]\p{L}+)*/gu;

/** Counts the words of a query that each text has in the same case. */
async function countWritten(query: string, texts: SearchableText[]): Promise<Map<string, number>> {
  const [asked, slices] = [new Set(query.match(WRITTEN_WORD)), new Slices()];
  const counts = new Map<string, number>();
  for (const { ref, text } of texts) {
    const found = new Set<string>();
    for (const [word] of text.slice(0, MAX_SEARCHED_CHARACTERS).matchAll(WRITTEN_WORD))
      if (asked.has(word)) found.add(word);
    counts.set(ref, found.size);
    if (slices.isDue) await slices.next();
  }
  return counts;
}

/** Words that a beginning of a word is taken for. */
const MAX_BEGUN_WORDS = 100;

function wordsBeginning(beginning: string, texts: SearchableText[]): string[] {
  const found = new Set<string>();
  for (const { text } of texts) {
    for (const word of splitWords(text)) if (word.startsWith(beginning)) found.add(word);
    if (found.size >= MAX_BEGUN_WORDS) break;
  }
  return [...found].slice(0, MAX_BEGUN_WORDS);
}
