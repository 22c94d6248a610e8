// Seals the words of memories on their way to the database, and opens them on their way back, where
// they are stored sealed. Repositories of memories are its only callers.
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { RequestContexts } from '../../platform/context/index.js';
import {
  DataKeys,
  isSealedText,
  ofPlainText,
  orNull,
  type OwnedKey,
  SealedColumns,
  ServiceKeys,
  toPlainText,
  unlessUnreadable,
} from '../../platform/vault/index.js';
import type { NewVersion } from '../memory-row.js';
import {
  FINGERPRINT_PURPOSE,
  hasSealed,
  importKeyOf,
  markOf,
  nearMarkOf,
  openJobReason,
  openPlain,
  openRow,
  openVector,
  sealedModel,
  sealJobReason,
  sealReason,
  sealVector,
  sealVersion,
  SEALED_COLUMNS,
  plainVersion,
  type StoredWords,
  toNearMark,
} from './sealed-words.js';

/** Up to its content, JSON of a memory has only names and ids. */
const SEALED_JSON = /^\{"id":"[^"]*",(?:"version":\d+,)?"kind":"\w+","content":":sealed:/;

/** A memory that another one names, and its text. */
interface NamedMemory {
  id: string;
  content: string;
}

/** A vector as it is stored. */
interface StoredVector {
  id: string;
  vector: Buffer;
  isSealed: boolean;
}

@Injectable()
export class SealedMemories implements OnModuleInit {
  /** True when words are stored sealed. Sealed ones are opened whatever it says. */
  readonly isOn: boolean;
  /** True when sealed ones are to be unsealed. */
  readonly unseals: boolean;
  private readonly logger = new Logger(SealedMemories.name);

  constructor(
    private readonly dataKeys: DataKeys,
    private readonly serviceKeys: ServiceKeys,
    private readonly columns: SealedColumns,
    private readonly contexts: RequestContexts,
    { identity }: Config,
  ) {
    this.isOn = identity.sealMemories;
    this.unseals = identity.unsealMemories;
  }

  onModuleInit(): void {
    for (const column of SEALED_COLUMNS) this.columns.register(column);
  }

  /** False while nothing was sealed until some seconds ago. */
  async mayBeSealed(): Promise<boolean> {
    return this.isOn || this.serviceKeys.mayExist();
  }

  /** Versions as they are stored. */
  async stored(versions: NewVersion[]): Promise<NewVersion[]> {
    if (!this.isOn) return versions.map(plainVersion);
    const key = await this.dataKeys.obtain();
    return versions.map((version) => sealVersion(key, this.marks, version));
  }

  /** @returns null when the data key is dead, because forgetting must not need it */
  async storedReason(id: string, reason: string | null): Promise<string | null> {
    if (reason === null) return null;
    if (!this.isOn) return toPlainText(reason);
    const key = await this.dataKeys.obtain().catch(unlessUnreadable);
    return key && sealReason(key, id, reason);
  }

  /** Reasons of memories that one write changes, or null where they are stored plain. */
  async sealedReasons(ids: string[], reason: string): Promise<string[] | null> {
    if (!this.isOn) return null;
    const key = await this.dataKeys.obtain();
    return ids.map((id) => sealReason(key, id, reason)!);
  }

  /** A fingerprint as it is stored. */
  fingerprint(plain: Buffer): Buffer {
    return this.isOn ? markOf(this.marks, plain) : plain;
  }

  nearFingerprint(plain: string): string {
    return this.isOn ? toNearMark(this.marks, `near ${plain}`) : plain;
  }

  nearMark(version: { id: string; content: string }, plain: string): string {
    return nearMarkOf(this.marks, version, plain);
  }

  mark(plain: Buffer): Buffer {
    return markOf(this.marks, plain);
  }

  /** @throws AppError `vault.unreadable`, `vault.key_missing` */
  async open<R extends StoredWords>(row: R): Promise<R> {
    if (!hasSealed(row)) return openPlain(row);
    return openRow(await this.keyOf(this.contexts.owner), row);
  }

  /** Opens rows; `unreadable` tells what becomes of one that cannot be opened. */
  async openAll<R extends StoredWords>(rows: R[], unreadable: (row: R) => R): Promise<R[]> {
    return (await this.openEach(rows, this.contexts.owner)).map(
      (opened, i) => opened ?? unreadable(rows[i]!),
    );
  }

  /** Opens rows, and leaves out those that cannot be opened. */
  async openKnown<R extends StoredWords>(rows: R[]): Promise<R[]> {
    return (await this.openEach(rows, this.contexts.owner)).filter((row) => row !== null);
  }

  /** As the system: rows of a user. */
  async openKnownOf<R extends StoredWords>(userId: string, rows: R[]): Promise<R[]> {
    return (await this.openEach(rows, userId)).filter((row) => row !== null);
  }

  /** Opens JSON of memories; null for one that cannot be opened. */
  async openJson(texts: (string | null)[]): Promise<(string | null)[]> {
    if (!texts.some((text) => text !== null && SEALED_JSON.test(text))) return texts;
    const parsed = texts.map((text) =>
      text !== null && SEALED_JSON.test(text) ? (JSON.parse(text) as StoredWords) : null,
    );
    const opened = await this.openEach(
      parsed.filter((row) => row !== null),
      this.contexts.owner,
    );
    let next = 0;
    return texts.map((text, i) => {
      if (parsed[i] === null) return text;
      const row = opened[next++]!;
      if (row === null) return null;
      // The API shows no metadata as an empty object.
      return JSON.stringify('metadata' in row ? { ...row, metadata: row.metadata ?? {} } : row);
    });
  }

  /** Opens the memories that each row names, by their ids. */
  async openSimilar<R extends { similar: NamedMemory[] | null }>(rows: R[]): Promise<R[]> {
    const named = rows.flatMap(({ similar }) => similar ?? []);
    if (named.length === 0) return rows;
    const known = new Map((await this.openKnown(named)).map((one) => [one.id, one]));
    return rows.map((row) =>
      row.similar ? { ...row, similar: row.similar.flatMap(({ id }) => known.get(id) ?? []) } : row,
    );
  }

  /** Vectors as they are stored, and the model that tells whether they are sealed. */
  async storedVectors(
    model: string,
    vectors: { id: string; vector: Buffer }[],
  ): Promise<{ model: string; vectors: Buffer[] }> {
    if (!this.isOn) return { model, vectors: vectors.map(({ vector }) => vector) };
    const key = await this.dataKeys.obtain();
    return {
      model: sealedModel(model),
      vectors: vectors.map(({ id, vector }) => sealVector(key, id, vector)),
    };
  }

  /** @returns null in place of a vector that cannot be opened */
  async openVectors<R extends StoredVector>(
    rows: R[],
  ): Promise<(Omit<R, 'vector'> & { vector: Buffer | null })[]> {
    if (!rows.some(({ isSealed }) => isSealed)) return rows;
    const key = await this.keyOf(this.contexts.owner);
    return rows.map((row) => ({
      ...row,
      vector: row.isSealed ? orNull(() => openVector(key, row.id, row.vector)) : row.vector,
    }));
  }

  /** What an import would name a memory by, in the metadata of its sealed versions. */
  async importKeys(id: string, sealed: string[]): Promise<string[]> {
    if (sealed.length === 0) return [];
    const key = await this.keyOf(this.contexts.owner);
    const names = sealed.map((content) => importKeyOf(key, id, content));
    return [...new Set(names.filter((name) => name !== null))];
  }

  async jobReason(reason: string | null): Promise<string | null> {
    if (reason === null) return null;
    if (!this.isOn) return toPlainText(reason);
    const key = await this.dataKeys.obtain().catch(unlessUnreadable);
    return key && sealJobReason(key, reason);
  }

  async openJobReason(stored: string | null): Promise<string | null> {
    return isSealedText(stored)
      ? openJobReason(await this.keyOf(this.contexts.owner), stored)
      : stored && ofPlainText(stored);
  }

  private get marks() {
    return this.serviceKeys.derive(FINGERPRINT_PURPOSE);
  }

  private async keyOf(owner: string): Promise<OwnedKey | undefined> {
    return (await this.dataKeys.ofUsers([owner])).get(owner);
  }

  private async openEach<R extends StoredWords>(rows: R[], owner: string): Promise<(R | null)[]> {
    if (!rows.some(hasSealed)) return rows.map(openPlain);
    const key = await this.keyOf(owner);
    const opened = rows.map((row) =>
      hasSealed(row) ? orNull(() => openRow(key, row)) : openPlain(row),
    );
    const unreadable = opened.filter((row) => row === null).length;
    if (unreadable > 0)
      this.logger.warn({ msg: 'memories cannot be opened: their key is lost', unreadable });
    return opened;
  }
}
