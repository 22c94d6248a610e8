// Reads items as an append takes them.
import { type AppendInput, parseAppend } from '../../conversations/index.js';
import {
  type FieldError,
  MAX_FAULTS,
  RequestErrors,
  withPointers,
} from '../../platform/errors/index.js';
import { isPlainObject, words } from '../../platform/input/index.js';
import { isOwnItemId, sentIdOf } from './openai-ids.js';

/** Fields of our own form of a message, which items do not have. */
const OWN_FIELDS = ['key', 'leaseSeconds', 'createdAt', 'metadata'] as const;

/** Ids of items that are in use in a conversation. */
export interface UsedIds {
  /** Keys of messages, also of removed ones and of other branches. No other message can have them. */
  taken: ReadonlySet<string>;
  /** Those that items have which the conversation shows. */
  shown: ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

/**
 * Each item becomes a message, whose key is the id that the item was sent with. An item whose id another
 * one shows is another item and gets an id of ours: some clients give the same id to all.
 * @throws AppError `request.invalid_body` with a pointer for each wrong field
 */
export function readItems(
  items: readonly unknown[],
  { taken, shown }: UsedIds = { taken: NONE, shown: NONE },
): AppendInput {
  const faults = items.flatMap(faultsOf);
  if (faults.length > 0) throw RequestErrors.invalidBody({ errors: faults.slice(0, MAX_FAULTS) });
  const used = new Set(shown);
  const given = items.map((item) => withIdOnce(readable(item), used));
  const { messages, ...append } = atItems(() =>
    parseAppend({ messages: given, format: 'openai-responses' }),
  );
  return {
    ...append,
    messages: messages.map((message, i) => {
      const id = sentIdOf(given[i] as Record<string, unknown>);
      return id === null || taken.has(id) ? message : { ...message, key: id };
    }),
  };
}

export const keysOf = ({ messages }: AppendInput): string[] =>
  messages.flatMap(({ key }) => key ?? []);

/** Leaves the id out when it is used already. */
function withIdOnce(item: unknown, used: Set<string>): unknown {
  const sentId = isPlainObject(item) ? sentIdOf(item) : null;
  if (sentId === null) return item;
  if (!used.has(sentId)) {
    used.add(sentId);
    return item;
  }
  return Object.fromEntries(Object.entries(item as object).filter(([name]) => name !== 'id'));
}

/** Runs a part of an append, whose faults are of `/items` here. */
export function atItems<T>(append: () => T): T {
  try {
    return append();
  } catch (error) {
    throw withPointers(error, (pointer) => pointer.replace(/^\/messages(?=\/|$)/, '/items'));
  }
}

/** As `atItems`, for a promise. A fault is of a whole item: its fields are elsewhere when stored. */
export const awaitAtItems = async <T>(append: Promise<T>): Promise<T> =>
  append.catch((error: unknown) => {
    throw withPointers(error, (pointer) =>
      pointer.replace(/^\/messages(\/\d+)?(\/.*)?$/s, '/items$1'),
    );
  });

function faultsOf(item: unknown, index: number): FieldError[] {
  if (!isPlainObject(item)) return [];
  if (item['type'] === 'item_reference')
    return [{ pointer: `/items/${index}/type`, message: 'names another item, and says nothing' }];
  return OWN_FIELDS.filter((name) => name in item).map((name) => ({
    pointer: `/items/${index}/${name}`,
    message: words.unknown,
  }));
}

/** Adds the type that a message may come without, and leaves an id of ours out: it is of another item. */
function readable(item: unknown): unknown {
  if (!isPlainObject(item)) return item;
  const { id, ...rest } = item;
  const kept = typeof id === 'string' && isOwnItemId(id) ? rest : item;
  return kept['type'] == null && 'role' in kept ? { ...kept, type: 'message' } : kept;
}
