import type { List } from './list.js';
import type { QueryOf, Requests } from './request.js';
import type { CallOptions } from './transport.js';
import type {
  Block,
  BlockFields,
  CreatedMemory,
  Memory,
  MemoryHit,
  MemorySearch,
  MemoryUpdate,
  NewMemory,
} from './types.js';

const MEMORIES = 'POST /v1/memories';

/** What is known about a user. */
export class Memories {
  constructor(private readonly requests: Requests) {}

  /** Remembers. A memory that says the same already gets stronger, and is the answer. */
  async add(memory: string | NewMemory, options: CallOptions = {}): Promise<CreatedMemory> {
    const body = typeof memory === 'string' ? { content: memory } : memory;
    // One memory is answered by one.
    return (await this.requests.request(MEMORIES, { ...options, body })) as CreatedMemory;
  }

  /** Remembers up to 100 at a time: all of them, or none. */
  async addAll(memories: NewMemory[], options: CallOptions = {}): Promise<CreatedMemory[]> {
    const answer = await this.requests.request(MEMORIES, { ...options, body: { memories } });
    return 'data' in answer ? answer.data : [answer];
  }

  /** Finds memories by words and by meaning, best first. `searchAll` finds messages, too. */
  async search(
    search: string | Omit<MemorySearch, 'in'>,
    options: CallOptions = {},
  ): Promise<(MemoryHit & { memory: Memory })[]> {
    const hits = await this.searchAll(
      typeof search === 'string' ? { query: search } : search,
      options,
    );
    return hits.flatMap(({ memory, ...hit }) => (memory ? { ...hit, memory } : []));
  }

  /** Finds memories, messages, or both, as `in` says. */
  async searchAll(search: MemorySearch, options: CallOptions = {}): Promise<MemoryHit[]> {
    const call = { ...options, body: search };
    return (await this.requests.request('POST /v1/memories/search', call)).data;
  }

  list(query: QueryOf<'GET /v1/memories'> = {}, options: CallOptions = {}): List<Memory> {
    return this.requests.list('GET /v1/memories', { ...options, query });
  }

  get(id: string, options: CallOptions = {}): Promise<Memory> {
    return this.requests.request('GET /v1/memories/{id}', { ...options, path: { id } });
  }

  /** Writes a new version. The versions before it stay in the history. */
  update(id: string, fields: MemoryUpdate, options: CallOptions = {}): Promise<Memory> {
    const call = { ...options, path: { id }, body: fields };
    return this.requests.request('PATCH /v1/memories/{id}', call);
  }

  /** Forgets what the memory said, in all of its versions; with `purge: true` also that it was there. */
  async forget(
    id: string,
    query: { purge?: boolean; reason?: string } = {},
    options: CallOptions = {},
  ): Promise<void> {
    await this.requests.request('DELETE /v1/memories/{id}', { ...options, path: { id }, query });
  }
}

/** Small texts with a name that are in every context. */
export class MemoryBlocks {
  constructor(private readonly requests: Requests) {}

  async list(options: CallOptions = {}): Promise<Block[]> {
    return (await this.requests.request('GET /v1/memory-blocks', options)).data;
  }

  get(label: string, options: CallOptions = {}): Promise<Block> {
    return this.requests.request('GET /v1/memory-blocks/{label}', { ...options, path: { label } });
  }

  /** Writes the whole text. With `expectedVersion` (0: no block) only when nobody has written since. */
  put(label: string, fields: BlockFields, options: CallOptions = {}): Promise<Block> {
    const call = { ...options, path: { label }, body: fields };
    return this.requests.request('PUT /v1/memory-blocks/{label}', call);
  }

  async delete(label: string, options: CallOptions = {}): Promise<void> {
    const call = { ...options, path: { label } };
    await this.requests.request('DELETE /v1/memory-blocks/{label}', call);
  }
}
