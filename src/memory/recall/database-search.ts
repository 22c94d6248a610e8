// Searches the texts of a user whose index would be too large.
// PostgreSQL finds texts with the words, and the best of them are ranked as an index ranks them.
import { Injectable } from '@nestjs/common';
import { Slices } from '../../platform/fairness/index.js';
import { splitWords } from '../../platform/text/index.js';
import { HeavyWork } from '../../platform/heavy-work/index.js';
import { type SearchableText, TextIndex } from '../search/text-index.js';
import { searchableMemory, searchableMessage } from './indexed-text.js';
import type { MemoryFilter } from './memory-filter.js';
import { MemoryIndexRepository } from './memory-index.repository.js';
import { MessageIndexRepository } from './message-index.repository.js';
import { extractNeedles } from './needles.js';
import { type ScannedTable, WordScanRepository } from './word-scan.repository.js';

/** Limits of what is ranked. */
const MAX_CANDIDATES = { texts: 300, characters: 8_000_000 };

export interface Candidates {
  texts: TextIndex;
  /** True when all texts were scanned, and every text with the words is a candidate. */
  isWhole: boolean;
  /** Words of the texts that begin as the last word of the query. */
  begun: string[];
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
}

@Injectable()
export class DatabaseSearch {
  constructor(
    private readonly words: WordScanRepository,
    private readonly memories: MemoryIndexRepository,
    private readonly messages: MessageIndexRepository,
    private readonly work: HeavyWork,
  ) {}

  /**
   * Finds the texts to rank.
   * @throws AppError 429 when too many searches of this user wait
   */
  findCandidates(table: ScannedTable, wanted: WantedTexts): Promise<Candidates> {
    return this.work.run('search', async () => {
      const needles = extractNeedles(wanted.query, {
        keepsStopWords: wanted.keepsStopWords,
        goesOn: wanted.openWord !== null,
      });
      const scan =
        needles.length === 0
          ? { ids: [], isWhole: true }
          : await this.words.scan(table, needles, wanted.filter, wanted.asOf, MAX_CANDIDATES.texts);
      const ids = [...new Set([...scan.ids, ...wanted.nearest])];
      const read =
        table === 'memory'
          ? await this.readMemories(ids, wanted.asOf)
          : await this.readMessages(ids);
      return {
        texts: await buildIndex(read.texts, wanted.keepsStopWords),
        begun: wanted.openWord === null ? [] : wordsBeginning(wanted.openWord, read.texts),
        isWhole: scan.isWhole && read.isWhole && scan.ids.length < MAX_CANDIDATES.texts,
      };
    });
  }

  private readMemories(ids: string[], asOf: string | null): Promise<ReadTexts> {
    return readAll(ids, async (some) => {
      const rows = await this.memories.texts(some, asOf);
      return rows.map((row) => ({
        id: row.id,
        text: searchableMemory({ ...row, content: row.content! }),
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
