// Reads the filters of mem0, and makes filters of ours of them.
import { MEMORY_FILTER } from '../../memory/index.js';
import { type FieldError, MAX_FAULTS, RequestErrors } from '../../platform/errors/index.js';
import { isLongerThan, isPlainObject, pointerToken, words } from '../../platform/input/index.js';
import { type FilterTree, readFilter } from '../../platform/list/index.js';
import {
  FILTER_BRANCHES,
  FILTER_CONDITIONS,
  FILTER_LEVELS,
  MAX_USER_CHARACTERS,
} from './mem0-limits.js';
import { ANY, USER_OF_SEARCH } from './mem0-user.js';

/** Key of the metadata of a memory under which this door keeps what memories have no field for. */
export const KEPT = 'mem0';

type Asked = Record<string, unknown>;

/** What mem0 calls other things than our filters do. */
const TIMES: Readonly<Record<string, string>> = {
  created_at: 'createdAt',
  updated_at: 'updatedAt',
};

/** Our filter for one member of theirs. */
const LEAVES: Readonly<Record<string, (value: unknown) => Asked>> = {
  agent_id: (value) => ({ agentId: present(value) }),
  run_id: (value) => ({ metadataValues: { [`${KEPT}.run_id`]: orMissing(present(value)) } }),
  app_id: (value) => ({ metadataValues: { [`${KEPT}.app_id`]: orMissing(present(value)) } }),
  metadata: (value) => ({ metadata: value }),
  categories: (value) => categories(value),
};

/** What a name in the query of a request must be. */
export const NAMES = ['agent_id', 'app_id', 'run_id'] as const;
export type Names = Readonly<Partial<Record<(typeof NAMES)[number], string | null | undefined>>>;

/** The filters for names, each of which must hold. */
export const filtersOfNames = (names: Names): FilterTree[] =>
  NAMES.flatMap((name) => {
    const value = names[name];
    return value == null ? [] : [readFilter(MEMORY_FILTER, LEAVES[name]!(value)).filter];
  });

/**
 * @param body whose `filters` are read; none keep everything of the user
 * @throws AppError `request.invalid_body` with a pointer for each wrong member
 */
export function readFilters(body: { filters?: unknown }): FilterTree | null {
  const { filters } = body;
  if (filters === undefined || filters === null) return null;
  const reader = new FilterReader(USER_OF_SEARCH.read(body));
  const tree = reader.read(filters, '/filters', 1, true);
  if (reader.faults.length > 0) throw RequestErrors.invalidBody({ errors: reader.faults });
  return 'all' in tree && tree.all.length === 0 ? null : tree;
}

class FilterReader {
  readonly faults: FieldError[] = [];
  private conditions = 0;

  /** @param user the name that decided on the scope, as it was sent */
  constructor(private readonly user: unknown) {}

  /** @param isSure whether it must hold for all that is kept: only there it can name the user */
  read(given: unknown, pointer: string, level: number, isSure: boolean): FilterTree {
    if (!isPlainObject(given)) return this.refuse(pointer, words.object);
    if (level > FILTER_LEVELS) return this.refuse(pointer, words.maxLevels(FILTER_LEVELS));
    const all: FilterTree[] = [];
    for (const name of Object.keys(given)) {
      const at = `${pointer}/${pointerToken(name)}`;
      if (!this.count(at)) break;
      all.push(this.member(name, given[name], at, level, isSure));
    }
    return all.length === 1 ? all[0]! : { all };
  }

  private member(
    name: string,
    value: unknown,
    at: string,
    level: number,
    isSure: boolean,
  ): FilterTree {
    if (name === 'AND') return { all: this.branches(value, at, level, isSure) };
    if (name === 'OR') return { any: this.branches(value, at, level, false) };
    if (name === 'NOT') {
      const given = isPlainObject(value) ? [value] : value;
      return { not: { any: this.branches(given, at, level, false) } };
    }
    if (name === 'user_id') return this.ofUser(value, at, isSure);
    const time = Object.hasOwn(TIMES, name) ? TIMES[name]! : undefined;
    if ((time !== undefined || name === 'metadata') && !isPlainObject(value))
      return this.refuse(at, words.object);
    if (time !== undefined) return this.leaf({ [time]: value }, at);
    if (!Object.hasOwn(LEAVES, name)) return this.refuse(at, words.unknown);
    if (name !== 'metadata' && (typeof value === 'number' || typeof value === 'boolean'))
      return this.refuse(at, words.text);
    return this.leaf(LEAVES[name]!(value), at);
  }

  private branches(value: unknown, at: string, level: number, isSure: boolean): FilterTree[] {
    if (!Array.isArray(value)) return [this.refuse(at, words.list)];
    if (value.length === 0) return [this.refuse(at, words.notEmpty)];
    if (value.length > FILTER_BRANCHES) return [this.refuse(at, words.maxItems(FILTER_BRANCHES))];
    return value.map((one, i) => this.read(one, `${at}/${i}`, level + 1, isSure));
  }

  /** The scope of the request is the user's already. */
  private ofUser(value: unknown, at: string, isSure: boolean): FilterTree {
    if (value === ANY || value === null) return { all: [] };
    if (!isSure) return this.refuse(at, words.unknown);
    if (typeof value !== 'string') return this.refuse(at, words.text);
    if (value === '') return this.refuse(at, words.notEmpty);
    if (isLongerThan(value, MAX_USER_CHARACTERS))
      return this.refuse(at, words.maxCharacters(MAX_USER_CHARACTERS));
    if (value !== this.user) return this.refuse(at, words.oneOf([this.user]));
    return { all: [] };
  }

  private leaf(asked: Asked, at: string): FilterTree {
    const { filter, faults } = readFilter(MEMORY_FILTER, asked);
    for (const { message } of faults) this.refuse(at, message);
    const conditions = conditionsOf(filter);
    // It would keep everything.
    if (conditions === 0 && faults.length === 0) return this.refuse(at, words.notEmpty);
    this.count(at, conditions - 1);
    return filter;
  }

  /** @returns whether more may be read */
  private count(at: string, more = 1): boolean {
    const before = this.conditions;
    this.conditions += more;
    if (before <= FILTER_CONDITIONS && this.conditions > FILTER_CONDITIONS)
      this.refuse(at, words.maxConditions(FILTER_CONDITIONS));
    return this.conditions <= FILTER_CONDITIONS && this.faults.length < MAX_FAULTS;
  }

  private refuse(pointer: string, message: string): FilterTree {
    if (this.faults.length < MAX_FAULTS) this.faults.push({ pointer, message });
    return { all: [] };
  }
}

/** One member may be many conditions of ours: each of its operators, and each of its categories. */
function conditionsOf(filter: FilterTree): number {
  if ('not' in filter) return conditionsOf(filter.not);
  const branches = 'all' in filter ? filter.all : 'any' in filter ? filter.any : null;
  return branches ? branches.reduce((sum, one) => sum + conditionsOf(one), 0) : 1;
}

/** `*` stands for any value. */
const present = (value: unknown): unknown => (value === ANY ? { exists: true } : value);

const orMissing = (value: unknown): unknown => (value === null ? { exists: false } : value);

/** Several categories mean one of them, with `in` or without. */
function categories(value: unknown): Asked {
  const { in: list, contains, ...others } = isPlainObject(value) ? value : { in: value };
  if (Object.keys(others).length > 0 || (list !== undefined && contains !== undefined))
    return { tags: value };
  const any = list ?? contains;
  return Array.isArray(any) ? { or: any.map((tag: unknown) => ({ tags: tag })) } : { tags: any };
}
