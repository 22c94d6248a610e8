// What a filter that is JSON must leave, worked out in memory, and filters made up from the values of rows. It shares no code with the service.
import type { Seeded } from './seeded.js';

export type Row = Record<string, unknown>;
export type JsonFilter = Record<string, unknown>;

const isObject = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const TIMES = ['validFrom', 'validTo', 'expiresAt', 'createdAt', 'updatedAt'];

/** What values of a field are compared as. */
const comparable = (field: string, value: unknown): unknown => {
  if (TIMES.includes(field)) return Date.parse(value as string);
  return field === 'conversationId' || field === 'id' ? (value as string).toLowerCase() : value;
};

/** Whether a filter holds for a memory as the API shows it. */
export const holds = (filter: JsonFilter, row: Row): boolean =>
  Object.entries(filter).every(([name, asked]) => {
    if (name === 'or') return (asked as JsonFilter[]).some((one) => holds(one, row));
    if (name === 'not') return !holds(asked as JsonFilter, row);
    if (name === 'metadata') return includesJson(row['metadata'], asked);
    if (name === 'metadataValues')
      return Object.entries(asked as Row).every(([path, wanted]) =>
        meets(wanted, valueAt(row['metadata'], path.split('.')), '', haveOneType),
      );
    const happened = (row['validFrom'] ?? row['createdAt']) as string;
    if (name === 'from') return Date.parse(happened) >= Date.parse(asked as string);
    if (name === 'to') return Date.parse(happened) < Date.parse(asked as string);
    if (name === 'minImportance') return (row['importance'] as number) >= (asked as number);
    return meets(asked, row[name], name, () => true);
  });

const haveOneType = (a: unknown, b: unknown) => typeof a === typeof b;

function meets(
  asked: unknown,
  value: unknown,
  field: string,
  isComparable: (a: unknown, b: unknown) => boolean,
): boolean {
  const isNone = value === null || value === undefined;
  if (asked === null) return isNone;
  if (Array.isArray(value) && field === 'tags')
    return [isObject(asked) ? asked['contains'] : asked].flat().every((tag) => value.includes(tag));
  if (Array.isArray(asked)) return meets({ in: asked }, value, field, isComparable);
  if (!isObject(asked)) return meets({ eq: asked }, value, field, isComparable);
  const order = (wanted: unknown): number | null =>
    isNone || !isComparable(value, wanted) || typeof value === 'object'
      ? null
      : compare(comparable(field, value), comparable(field, wanted));
  return Object.entries(asked).every(([operator, wanted]) => {
    if (operator === 'exists') return wanted === !isNone;
    if (operator === 'in') return (wanted as unknown[]).some((one) => order(one) === 0);
    if (operator === 'ne') return order(wanted) !== 0;
    if (operator === 'contains')
      return (
        typeof value === 'string' && value.toLowerCase().includes((wanted as string).toLowerCase())
      );
    const way = order(wanted);
    if (way === null) return false;
    return { eq: way === 0, lt: way < 0, lte: way <= 0, gt: way > 0, gte: way >= 0 }[operator]!;
  });
}

/** Texts by code point. */
function compare(a: unknown, b: unknown): number {
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string));
  return (a as number) < (b as number) ? -1 : Number((a as number) > (b as number));
}

function valueAt(whole: unknown, path: string[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined),
    whole,
  );
}

/** As `@>` of jsonb. */
function includesJson(whole: unknown, part: unknown): boolean {
  if (Array.isArray(part))
    return (
      Array.isArray(whole) && part.every((one) => whole.some((other) => includesJson(other, one)))
    );
  if (!isObject(part)) return whole === part;
  return (
    isObject(whole) &&
    Object.entries(part).every(
      ([key, value]) => Object.hasOwn(whole, key) && includesJson(whole[key], value),
    )
  );
}

const ORDERED = ['eq', 'ne', 'in', 'lt', 'lte', 'gt', 'gte'];
const EQUALITY = ['eq', 'ne', 'in'];
export const OPERATORS: Record<string, string[]> = {
  id: EQUALITY,
  kind: EQUALITY,
  tags: ['contains'],
  importance: ORDERED,
  agentId: [...EQUALITY, 'contains', 'exists'],
  conversationId: [...EQUALITY, 'exists'],
  validFrom: [...ORDERED, 'exists'],
  validTo: [...ORDERED, 'exists'],
  expiresAt: [...ORDERED, 'exists'],
  strength: ORDERED,
  revision: ORDERED,
  createdAt: ORDERED,
  updatedAt: ORDERED,
};
const PATHS = ['score', 'name', 'due', 'place.city', 'place', 'ok', 'none', 'constructor', 'a b'];
const SCALARS = [
  1,
  1.5,
  -2,
  0,
  1e21,
  'b',
  'B',
  'Ä',
  '2026-05-01',
  '2026-05-01T10:00:00Z',
  true,
  false,
];
const PARTS = [{}, { score: 1 }, { place: { city: 'Oslo' } }, { list: [2] }, { ok: false }];
export const METADATA: Row[] = [
  {},
  { score: 1, name: 'B', place: { city: 'Oslo' } },
  { score: 1.5, name: 'b', due: '2026-05-01' },
  { score: '1', name: null, due: '2026-05-01T10:00:00Z', list: [1, 2] },
  { score: -2, ok: true, place: 'Oslo', constructor: 'own' },
  { score: 1e21, ok: false, name: 'Ä', 'a b': 0, 'place.city': 'dotted' },
  { score: [1], name: { b: 1 }, due: 'b' },
];

/** Makes up filters whose values are those of rows. */
export class FilterPlanner {
  constructor(
    private readonly rows: Row[],
    private readonly random: Seeded,
  ) {}

  filter(level = 1): JsonFilter {
    const { random } = this;
    const members = Array.from({ length: random.pick([0, 1, 1, 1, 2, 2]) }, () => this.member());
    const inside = level < 5 && random.chance(1.3 / (level + 1));
    return Object.fromEntries([
      ...members,
      ...(inside && random.chance(0.6) ? [['or', this.several(level)]] : []),
      ...(inside && random.chance(0.5) ? [['not', this.filter(level + 1)]] : []),
    ]) as JsonFilter;
  }

  private several(level: number): JsonFilter[] {
    return Array.from({ length: this.random.pick([1, 2, 2, 3]) }, () => this.filter(level + 1));
  }

  private member(): [string, unknown] {
    const { random } = this;
    const field = random.pick([
      ...Object.keys(OPERATORS),
      ...['metadata', 'metadataValues', 'metadataValues', 'from', 'to', 'minImportance'],
    ]);
    if (field === 'metadata') return [field, random.pick(PARTS)];
    if (field === 'metadataValues') return [field, this.values()];
    if (field === 'minImportance') return [field, random.pick([0, 0.3, 0.5, 1])];
    if (field === 'from' || field === 'to') return [field, this.sample('createdAt')];
    const operators = OPERATORS[field]!;
    if (operators.includes('exists') && random.chance(0.1)) return [field, null];
    if (random.chance(0.25)) return [field, this.value(field, operators[0]!)];
    if (random.chance(0.15)) return [field, this.value(field, field === 'tags' ? 'all' : 'in')];
    const some = Array.from({ length: random.pick([1, 1, 2]) }, () => random.pick(operators));
    return [field, Object.fromEntries(some.map((one) => [one, this.value(field, one)]))];
  }

  private values(): Row {
    const { random } = this;
    const asked = (): unknown => {
      const operator = random.pick([...ORDERED, 'exists', 'scalar', 'list']);
      const several = () =>
        Array.from({ length: 1 + random.integer(3) }, () => random.pick(SCALARS));
      if (operator === 'scalar') return random.pick(SCALARS);
      if (operator === 'list') return several();
      if (operator === 'in') return { in: several() };
      if (operator === 'exists') return { exists: random.chance(0.5) };
      const isOrder = !EQUALITY.includes(operator);
      return {
        [operator]: random.pick(SCALARS.filter((one) => !isOrder || typeof one !== 'boolean')),
      };
    };
    return Object.fromEntries(
      Array.from({ length: random.pick([1, 1, 2]) }, () => [random.pick(PATHS), asked()]),
    );
  }

  private value(field: string, operator: string): unknown {
    if (operator === 'exists') return this.random.chance(0.5);
    if (operator === 'in' || operator === 'all')
      return Array.from({ length: 1 + this.random.integer(3) }, () => this.sample(field));
    return this.sample(field);
  }

  /** A value that a row has. */
  private sample(field: string): unknown {
    const values = this.rows
      .flatMap((row) => row[field])
      .filter((value) => value !== null && value !== undefined);
    return this.random.pick(values);
  }
}
