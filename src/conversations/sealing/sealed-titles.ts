// Titles of conversations, as they are stored and as they were given. They tell what was said.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ownedStatement, ScopedDatabase } from '../../platform/database/index.js';
import { RequestErrors } from '../../platform/errors/index.js';
import { words } from '../../platform/input/index.js';
import {
  type Condition,
  type FilterTree,
  type ListQuery,
  namesField,
} from '../../platform/list/index.js';
import { isSealedTextSql, type VaultPlace } from '../../platform/vault/index.js';
import { SealedMessages } from './sealed-messages.js';
import { sealedError } from './sealed-searches.js';
import { SealedTexts } from './sealed-texts.js';

/** One update may give the same title to several conversations. */
const PLACE: VaultPlace = { table: 'conversation', row: '', column: 'title' };
/** An index has titles, and its entries may not be longer when they are sealed. */
const MAX_SEALED_TITLE_BYTES = 1_900;

const IS_SEALED = isSealedTextSql('title');
const ONLY_PLAIN: Condition = {
  name: 'plain title',
  text: () => `(title is null or not ${IS_SEALED})`,
};

const HAS_SEALED = ownedStatement<{ found: boolean }>(
  'conversation.has_sealed',
  `select exists (select from threadkeep.conversation where user_id = $1 and ${IS_SEALED}) as found`,
);

interface Titled {
  title: string | null;
}

@Injectable()
export class SealedTitles implements OnModuleInit {
  constructor(
    private readonly sealing: SealedMessages,
    private readonly texts: SealedTexts,
    private readonly database: ScopedDatabase,
  ) {}

  onModuleInit(): void {
    const worth = `octet_length(title) <= ${MAX_SEALED_TITLE_BYTES}`;
    const of = { row: 'id', place: PLACE.row, isText: true, isLarge: true };
    this.texts.register({ table: PLACE.table, column: PLACE.column, ...of, worth });
  }

  /** @throws AppError 422 for a title that is too long to be sealed */
  async stored(titles: (string | null)[]): Promise<(string | null)[]> {
    const given = titles.filter((title) => title !== null);
    if (this.sealing.isOn && given.some(isTooLong))
      throw RequestErrors.invalidBody({
        errors: [{ pointer: '/title', message: words.maxBytes(MAX_SEALED_TITLE_BYTES) }],
      });
    if (given.length === 0) return titles;
    const stored = await this.sealing.storedTexts(given.map((text) => ({ place: PLACE, text })));
    return titles.map((title) => (title === null ? null : stored.shift()!));
  }

  /** Opens the titles of rows. One that cannot be opened is none. */
  async open<R extends Titled>(rows: R[]): Promise<R[]> {
    const titles = rows.map(({ title }) => ({ place: PLACE, stored: title ?? '' }));
    const opened = await this.sealing.openTexts(titles);
    return rows.map((row, i) =>
      row.title === null || row.title === opened[i] ? row : { ...row, title: opened[i] ?? null },
    );
  }

  /** @throws AppError `message.sealed` for what compares or sorts titles, where they are sealed */
  async requirePlain({
    q,
    filters,
    sort,
  }: Partial<Pick<ListQuery, 'q' | 'sort'>> & { filters: FilterTree[] }): Promise<void> {
    const sorts = sort?.some(({ field }) => field === 'title') === true;
    const names = sorts || filters.some((one) => namesField(one, 'title'));
    const asked = [...(q === undefined ? [] : ['q']), ...(names ? ['title'] : [])];
    if (asked.length > 0 && (this.sealing.isOn || (await this.hasSealed())))
      throw sealedError(asked);
  }

  /** What a deletion by title leaves alone: titles that were sealed since it was admitted. */
  only = (filters: FilterTree[]): Condition[] =>
    filters.some((one) => namesField(one, 'title')) ? [ONLY_PLAIN] : [];

  private async hasSealed(): Promise<boolean> {
    if (!(await this.sealing.mayBeSealed())) return false;
    return (await this.database.read(HAS_SEALED, []))[0]!.found;
  }
}

const isTooLong = (title: string): boolean => Buffer.byteLength(title) > MAX_SEALED_TITLE_BYTES;
