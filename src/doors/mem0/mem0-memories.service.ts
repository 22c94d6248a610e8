// Memories in the dialect of mem0.
import { Injectable } from '@nestjs/common';
import {
  type CreateResult,
  ForgetNow,
  HistoryService,
  MemoriesService,
  MemoryCreation,
  type MemoryDto,
  MemoryErrors,
  type MemoryInput,
  memoryList,
  MemorySearchService,
  type NewMemoryInput,
  toMemoryDto,
} from '../../memory/index.js';
import {
  AppError,
  type FieldError,
  RequestErrors,
  withPointers,
} from '../../platform/errors/index.js';
import { isPlainObject, MAX_INTEGER } from '../../platform/input/index.js';
import type { FilterTree, ListQuery, Page } from '../../platform/list/index.js';
import type {
  AddMem0MemoriesDto,
  ListMem0MemoriesDto,
  Mem0MessageDto,
  SearchMem0MemoriesDto,
  UpdateMem0MemoryDto,
} from './dto/mem0-body.dto.js';
import {
  type AddedMem0MemoriesDto,
  type Mem0HitsDto,
  type Mem0MemoryDto,
  type Mem0PageDto,
  toMem0Memory,
} from './dto/mem0-memory.dto.js';
import {
  type DeletedMem0MemoriesDto,
  type Mem0EntitiesDto,
  type Mem0MessageOnlyDto,
  type Mem0VersionDto,
  toMem0Version,
} from './dto/mem0-other.dto.js';
import { filtersOfNames, KEPT, type Names, readFilters } from './mem0-filters.js';
import { MAX_DELETED, MAX_PAGES, MAX_VERSIONS } from './mem0-limits.js';
import { toExpiresAt, toTime } from './mem0-times.js';
import { ANY } from './mem0-user.js';
import { Mem0UserName } from './mem0-user-name.js';

export interface PageNumber {
  page: number;
  page_size: number;
}

type UserAndNames = Names & { readonly user_id?: string | null | undefined };

const STORED = 'The messages are stored as they are. Nothing was extracted from them.';
const LIST_PATH = '/compat/mem0/v3/memories/';
/** Another request may edit the memory meanwhile. */
const MAX_ATTEMPTS = 5;
const EVERYTHING = {
  asOf: undefined,
  sourceMessageId: undefined,
  sourceConversationId: undefined,
} as const;

@Injectable()
export class Mem0Memories {
  constructor(
    private readonly memories: MemoriesService,
    private readonly creation: MemoryCreation,
    private readonly forgetting: ForgetNow,
    private readonly versions: HistoryService,
    private readonly searches: MemorySearchService,
    private readonly user: Mem0UserName,
  ) {}

  /** Stores each message as a memory, or none. @throws AppError as a creation of memories */
  async add(body: AddMem0MemoriesDto): Promise<AddedMem0MemoriesDto> {
    const { user_id, agent_id, app_id, run_id } = body;
    const errors = namesOfAll({ user_id, agent_id, app_id, run_id }, '/');
    if (errors.length > 0) throw RequestErrors.invalidBody({ errors });
    const spoken = [...body.messages.keys()].filter((i) => body.messages[i]!.role !== 'system');
    const inputs = spoken.map((i) => toInput(body, body.messages[i]!));
    const stored = await this.store(inputs, spoken);
    const userId = await this.user.get();
    const added = ({ memory, isDuplicate }: CreateResult) => ({
      ...toMem0Memory(toMemoryDto(memory), userId),
      event: isDuplicate ? ('NOOP' as const) : ('ADD' as const),
    });
    return { status: 'SUCCEEDED', message: STORED, results: stored.map(added) };
  }

  /**
   * A single one is written as such: a creation of many takes turns with others of its kind.
   * @param places of the messages in the body, for the pointers of faults
   */
  private async store(inputs: NewMemoryInput[], places: number[]): Promise<CreateResult[]> {
    const [first, ...others] = inputs;
    try {
      if (first === undefined) return [];
      return others.length === 0
        ? [await this.creation.create(first, true)]
        : await this.creation.createMany(inputs, true);
    } catch (error) {
      throw withPointers(error, (pointer) => pointerToMessage(pointer, places));
    }
  }

  /** @throws AppError 422 for wrong filters */
  async list(
    body: ListMem0MemoriesDto,
    { page, page_size: size }: PageNumber,
  ): Promise<Mem0PageDto> {
    const filter = readFilters(body);
    const { data, total = 0 } = await this.page(filter === null ? [] : [filter], page, size);
    const userId = await this.user.get();
    const pathOf = (number: number) => `${LIST_PATH}?page=${number}&page_size=${size}`;
    return {
      count: total,
      next: page * size < total && page < MAX_PAGES ? pathOf(page + 1) : null,
      previous: page > 1 ? pathOf(page - 1) : null,
      results: data.map((memory) => toMem0Memory(memory, userId)),
    };
  }

  /**
   * The memories for which all names hold, last changed first.
   * @throws AppError 400 for names of all
   */
  async named({ user_id: userId, ...names }: UserAndNames, most: number): Promise<Mem0MemoryDto[]> {
    refuseNamesOfAll({ user_id: userId, ...names });
    const { data } = await this.page(filtersOfNames(names), 1, most);
    const user = await this.user.get();
    return data.map((memory) => toMem0Memory(memory, user));
  }

  /**
   * @param given names that hold beside the filters
   * @throws AppError 422 for wrong filters, and as a search of memories
   */
  async search(body: SearchMem0MemoriesDto, given: UserAndNames = {}): Promise<Mem0HitsDto> {
    const errors = namesOfAll({ ...given }, '/');
    if (errors.length > 0) throw RequestErrors.invalidBody({ errors });
    const asked = readFilters(body);
    const all = [...filtersOfNames(given), ...(asked === null ? [] : [asked])];
    const filter = all.length === 0 ? null : { all };
    const { hits } = await this.searches.search({
      query: body.query,
      match: 'any',
      prefix: false,
      limit: body.top_k ?? 10,
      in: ['memories'],
      filter: filter && { asked: filter },
      asOf: undefined,
      explain: false,
      neighbours: 0,
    });
    const userId = await this.user.get();
    return {
      results: hits.map(({ json, hit }) => ({
        ...toMem0Memory(JSON.parse(json) as MemoryDto, userId),
        score: hit.score,
      })),
    };
  }

  /** @throws AppError 404 */
  async get(id: string): Promise<Mem0MemoryDto> {
    return toMem0Memory(toMemoryDto(await this.memories.get(id, undefined)), await this.user.get());
  }

  /**
   * @throws AppError 404; 409 when another memory says the same, or when others keep editing this
   * one
   */
  async update(id: string, body: UpdateMem0MemoryDto): Promise<Mem0MemoryDto> {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const { changes, expected } = await this.changes(id, body);
      try {
        const row = await this.memories.update(id, changes, expected);
        return toMem0Memory(toMemoryDto(row), await this.user.get());
      } catch (error) {
        const isLate =
          error instanceof AppError && error.code === RequestErrors.preconditionFailed.code;
        if (!isLate) throw error;
      }
    }
    throw MemoryErrors.contended();
  }

  /** @throws AppError 404 */
  async remove(id: string): Promise<Mem0MessageOnlyDto> {
    await this.memories.remove(id, { purge: false, expected: undefined, reason: null });
    return { message: 'Memory deleted successfully!' };
  }

  /** @throws AppError 400 when nothing is named */
  async removeAll({ user_id: userId, ...names }: UserAndNames): Promise<DeletedMem0MemoriesDto> {
    refuseNamesOfAll({ user_id: userId, ...names });
    const filters = filtersOfNames(names);
    if (userId === undefined && filters.length === 0)
      throw RequestErrors.invalidQuery({
        errors: [{ pointer: '?user_id', message: 'or agent_id, app_id or run_id is required' }],
      });
    const { count, hasMore } = await this.forgetting.forget(filters, MAX_DELETED);
    return {
      message: hasMore
        ? `${count} memories are deleted, and there are more. Send the request again.`
        : 'Memories deleted successfully!',
      deleted: count,
      has_more: hasMore,
    };
  }

  /** The newest versions, oldest first. @throws AppError 404 */
  async history(id: string): Promise<Mem0VersionDto[]> {
    const { data } = await this.versions.history(id, MAX_INTEGER, MAX_VERSIONS);
    const userId = await this.user.get();
    return data.map((version, i) => toMem0Version(id, version, data[i + 1], userId)).toReversed();
  }

  async entities({ page }: PageNumber): Promise<Mem0EntitiesDto> {
    const user = await this.user.find();
    if (user === null) return { count: 0, next: null, previous: null, results: [] };
    const { total = 0 } = await this.page([], 1, 1);
    const entity = {
      id: user.id,
      name: user.externalId ?? user.id,
      type: 'user' as const,
      total_memories: total,
      created_at: user.createdAt.toISOString(),
      updated_at: user.updatedAt.toISOString(),
    };
    return { count: 1, next: null, previous: null, results: page === 1 ? [entity] : [] };
  }

  /** Reads on when a page of ours ends early because of its bytes: pages are numbered here. */
  private async page(filters: FilterTree[], page: number, size: number): Promise<Page<MemoryDto>> {
    const query: ListQuery = {
      ...{ limit: size, offset: (page - 1) * size, cursor: undefined, count: true, filters },
      ...{ sort: memoryList.defaultSort, q: undefined, fields: undefined },
    };
    const first = await this.memories.list(query, EVERYTHING);
    const data = [...first.data];
    let cursor = first.nextCursor;
    while (data.length < size && cursor !== null) {
      const rest = { ...query, limit: size - data.length, offset: 0, cursor, count: false };
      const next = await this.memories.list(rest, EVERYTHING);
      data.push(...next.data);
      cursor = next.nextCursor;
    }
    return { ...first, data };
  }

  /** What this door keeps in the metadata stays when the metadata is replaced. */
  private async changes(
    id: string,
    { text, metadata, timestamp, expiration_date: day }: UpdateMem0MemoryDto,
  ): Promise<{ changes: MemoryInput; expected: number | undefined }> {
    const changes: MemoryInput = {
      ...(text == null ? {} : { content: text }),
      ...(timestamp == null ? {} : { validFrom: toTime(timestamp) }),
      ...(day === undefined ? {} : { expiresAt: day === null ? null : toExpiresAt(day) }),
    };
    if (metadata == null) return { changes, expected: undefined };
    const current = await this.memories.get(id, undefined);
    const kept = current.metadata?.[KEPT];
    const whole = isPlainObject(kept) ? { ...metadata, [KEPT]: kept } : metadata;
    return { changes: { ...changes, metadata: whole }, expected: current.version };
  }
}

/** The faults of names that stand for all: only filters have them. */
const namesOfAll = (names: Readonly<Record<string, unknown>>, prefix: '/' | '?'): FieldError[] =>
  Object.keys(names)
    .filter((name) => names[name] === ANY)
    .map((name) => ({ pointer: prefix + name, message: `must be one name, and ${ANY} is none` }));

/** @throws AppError 400 */
function refuseNamesOfAll(names: Readonly<Record<string, unknown>>): void {
  const errors = namesOfAll(names, '?');
  if (errors.length > 0) throw RequestErrors.invalidQuery({ errors });
}

/** The memory that a message becomes. */
function toInput(body: AddMem0MemoriesDto, { role, content }: Mem0MessageDto): NewMemoryInput {
  const { agent_id, run_id, app_id, metadata, timestamp, expiration_date } = body;
  const kept = {
    role,
    ...(run_id == null ? {} : { run_id }),
    ...(app_id == null ? {} : { app_id }),
  };
  return {
    content,
    metadata: { ...metadata, [KEPT]: kept },
    ...(agent_id == null ? {} : { agentId: agent_id }),
    ...(run_id == null ? {} : { conversationId: `key:${run_id}` }),
    ...(timestamp == null ? {} : { validFrom: toTime(timestamp) }),
    ...(expiration_date == null ? {} : { expiresAt: toExpiresAt(expiration_date) }),
  };
}

const CONTENT = /^(?:\/memories\/(\d+))?\/content/;

/** The place in the body of what a creation calls `/content`, or `/memories/3/content`. */
const pointerToMessage = (pointer: string, places: readonly number[]): string =>
  pointer.replace(
    CONTENT,
    (_, place: string | undefined) => `/messages/${places[Number(place ?? 0)]}/content`,
  );
