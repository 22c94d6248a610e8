import type { Read } from '../../platform/database/index.js';
import type { ContextMemory } from './found-memories.repository.js';

/** A search whose rows the caller reads, together with other statements. */
export interface PreparedSearch {
  read: Read;
  /** Whether there are as many hits as were asked for. */
  isFull: boolean;
  /**
   * Takes the rows of `read`. Null when the memories have to be searched again: the index was out
   * of date, or hits that the context may not have leave room for others.
   */
  toMemories: (rows: object[]) => Promise<ContextMemory[] | null>;
}
