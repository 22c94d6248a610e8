// Tells what was deleted for good here, so that an import does not bring it back.
import { Injectable } from '@nestjs/common';
import { ownedStatement, ScopedDatabase } from '../../platform/database/index.js';
import { type FieldError, MAX_FAULTS } from '../../platform/errors/index.js';
import { isUuid } from '../../platform/input/index.js';

/**
 * Nothing was deleted while the user has no key. What a merged user deleted has a digest under the
 * key of that user.
 */
const FIND = ownedStatement<{ key: string }>(
  'deleted_import.find',
  `select given.key from threadkeep.app_user u
     cross join unnest(u.tombstone_key || u.former_tombstone_keys) as secret
     cross join lateral (
       select g.key, threadkeep.import_digest(secret, $2, g.key) as digest
         from unnest($3::text[]) as g (key)) given
     join threadkeep.deleted_import d on d.user_id = $1 and d.digest = given.digest
    where u.id = $1 and secret is not null`,
);

const WAS_DELETED = {
  memory: 'names a memory that was forgotten here',
  task: 'names a task that was deleted here',
  event: 'names an event that was deleted here',
} as const;

export type ImportedKind = 'conversation' | 'memory' | 'task' | 'event';

@Injectable()
export class DeletedImports {
  constructor(private readonly database: ScopedDatabase) {}

  /**
   * Finds what was purged, or forgotten; and tasks and events that were deleted.
   * @param keys import keys; or ids, by which an export names what has no key
   * @returns those of the keys of which something was deleted
   */
  async find(kind: ImportedKind, keys: readonly string[]): Promise<Set<string>> {
    if (keys.length === 0) return new Set();
    const asked = new Set(keys.flatMap((key) => [key, asStored(key)]));
    const rows = await this.database.read(FIND, [kind, [...asked]]);
    const found = new Set(rows.map(({ key }) => key));
    return new Set(keys.filter((key) => found.has(key) || found.has(asStored(key))));
  }

  /**
   * @param bodies what is to be created
   * @param path JSON pointer of the list of bodies, or null when the body is one
   * @returns a fault for each `importKey` of what was deleted, at most `MAX_FAULTS`
   */
  async faultsOf(
    kind: keyof typeof WAS_DELETED,
    bodies: readonly { metadata?: Record<string, unknown> | null }[],
    path: string | null = null,
  ): Promise<FieldError[]> {
    const keys = bodies.map(({ metadata }) => metadata?.['importKey']);
    const texts = keys.filter((key) => typeof key === 'string' && key !== '') as string[];
    const gone = await this.find(kind, texts);
    const at = (i: number): string => (path === null ? '' : `${path}/${i}`);
    return keys
      .flatMap((key, i) =>
        gone.has(key as string)
          ? [{ pointer: `${at(i)}/metadata/importKey`, message: WAS_DELETED[kind] }]
          : [],
      )
      .slice(0, MAX_FAULTS);
  }
}

/** An id is stored with small letters, however it is written. */
const asStored = (key: string): string => (isUuid(key) ? key.toLowerCase() : key);
