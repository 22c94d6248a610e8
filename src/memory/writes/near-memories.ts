// Finds the current memories of a user that say nearly the same as another.
import { MAX_NEAR_CHARACTERS } from '../../platform/text/index.js';
import { MEMORY_LIMITS } from '../memory-limits.js';
import { isCurrent } from '../memory-row.js';
import { isSealedSql } from '../sealing/sealed-words.js';
import { computeSimilarity } from './fingerprint.js';

/** A memory and its text, which is short. */
export interface ComparedMemory {
  id: string;
  content: string;
}

/** How much the text of a memory is the same, from 0 to 0.999. */
export interface SimilarMemory {
  id: string;
  similarity: number;
}

/**
 * SQL for a JSON list of `ComparedMemory`: those near to a row with `id` and `near_fingerprint`, other
 * than itself. Null when there is none. One without a fingerprint has the text of another memory.
 * One lookup in `memory__near`, which ends after a few rows. Those whose validity has ended are no
 * longer true, and are left out.
 * @param except SQL for ids of others that are left out
 */
export const similarTo = (row: string, except = ''): string => `
  (select jsonb_agg(jsonb_build_object('id', s.id, 'content', s.content)) from (
     select n.id, n.content from threadkeep.memory n
      where n.user_id = $1 and n.near_fingerprint = ${row}.near_fingerprint and n.id <> ${row}.id
        and ${isCurrent('n')} and n.fingerprint is not null
        and (octet_length(n.content) <= ${4 * MAX_NEAR_CHARACTERS} or ${isSealedSql('n')})
        and (n.valid_to is null or n.valid_to > now())${except && ` and n.id <> all(${except})`}
      limit ${MEMORY_LIMITS.similar}) s)`;

/**
 * Orders the memories, nearest first, and measures how near they are to a text. Leaves out what the
 * memory of that text supersedes. Takes up to a millisecond.
 */
export const compareTo = (
  { content, supersedes }: { content: string; supersedes: string[] },
  others: ComparedMemory[],
): SimilarMemory[] =>
  others
    .filter(({ id }) => !supersedes.includes(id))
    .map((other) => ({ id: other.id, similarity: computeSimilarity(content, other.content) }))
    .sort((one, other) => other.similarity - one.similarity)
    .slice(0, MEMORY_LIMITS.similar);
