// Titles of conversations, as they are stored and as they were given. They tell what was said.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ownedStatement, ScopedDatabase } from '../../platform/database/index.js';
import {
  type Condition,
  type FilterTree,
  type ListQuery,
  namesField,
} from '../../platform/list/index.js';
import { isSealedTextSql, type VaultPlace } from '../../platform/vault/index.js';
import { packTitle, unpackTitle } from './packed-title.js';
import { SealedMessages } from './sealed-messages.js';
import { sealedError } from './sealed-searches.js';
import { SealedTexts } from './sealed-texts.js';

/** One update may give the same title to several conversations. */
const PLACE: VaultPlace = { table: 'conversation', row: '', column: 'title' };

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
    const of = { row: 'id', place: PLACE.row, isText: true, isLarge: true };
    const packing = { pack: packTitle, unpack: unpackTitle };
    this.texts.register({ table: PLACE.table, column: PLACE.column, ...of, ...packing });
  }

  /** Titles as they are stored. */
  async stored(titles: (string | null)[]): Promise<(string | null)[]> {
    const given = titles.filter((title) => title !== null);
    if (given.length === 0) return titles;
    const pack = this.sealing.isOn ? packTitle : (title: string) => title;
    const texts = given.map((title) => ({ place: PLACE, text: pack(title) }));
    const stored = await this.sealing.storedTexts(texts);
    return titles.map((title) => (title === null ? null : stored.shift()!));
  }

  /** Opens the titles of rows. One that cannot be opened is none. */
  async open<R extends Titled>(rows: R[]): Promise<R[]> {
    const titles = rows.map(({ title }) => ({ place: PLACE, stored: title ?? '' }));
    const opened = await this.sealing.openTexts(titles);
    return rows.map((row, i) => {
      if (row.title === null || row.title === opened[i]) return row;
      const text = opened[i] ?? null;
      return { ...row, title: text && unpackTitle(text) };
    });
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
