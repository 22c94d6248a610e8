// Brings a message of any dialect to the form of `NewMessageDto`, which is then validated.
import { type FieldError, RequestErrors, MAX_FAULTS } from '../../platform/errors/index.js';
import { isPlainObject, words } from '../../platform/input/index.js';
import { type Dialect, type RawObject, READERS, type StoredMessage } from '../parts/index.js';
import { MESSAGE_ROLES } from './message.entity.js';

/** Fields of our own form, and those that an import adds. */
const OWN_FIELDS = new Set([
  ...['role', 'content', 'metadata', 'createdAt'],
  ...['key', 'status', 'leaseSeconds'],
]);
const ROLES = new Set<unknown>([...MESSAGE_ROLES, 'developer']);

/**
 * Converts each message. One that no dialect knows is returned as it is, so that the validation
 * names what is wrong with it.
 * @param path JSON Pointer of the list; null for a message that is the whole body
 * @param format the dialect that the request names; null to tell it from the shape
 * @throws AppError `request.invalid_body` with a pointer for each message that is not of `format`
 */
export function toOwnForm(
  messages: unknown[],
  format: Dialect | null,
  path: string | null,
): unknown[] {
  const faults: FieldError[] = [];
  const converted = messages.map((message, i) => {
    if (!isPlainObject(message)) return message;
    const read = readMessage(message, format);
    if (read === null && format !== null)
      faults.push({
        pointer: path === null ? '' : `${path}/${i}`,
        message: words.inFormat(format),
      });
    return read ?? message;
  });
  if (faults.length > 0) throw RequestErrors.invalidBody({ errors: faults.slice(0, MAX_FAULTS) });
  return converted;
}

function readMessage(message: RawObject, format: Dialect | null): RawObject | null {
  const own = format === null && isOwnForm(message) ? ownMessage(message) : null;
  return own ?? readDialect(message, format) ?? (isOwnForm(message) ? ownMessage(message) : null);
}

/**
 * Reads a message of a dialect, with fields of ours beside its own. No dialect has a key or a lease;
 * some have a time or a status, which is theirs then.
 */
function readDialect(message: RawObject, format: Dialect | null): RawObject | null {
  const { key, leaseSeconds, ...shared } = message;
  const { createdAt, status, ...fields } = shared;
  const ours = presentOf({ key, leaseSeconds });
  const theirs = presentOf({ createdAt, status });
  for (const reader of READERS) {
    if (format !== null && reader.dialect !== format) continue;
    const whole = reader.readMessage(shared);
    if (whole) return { ...toRaw(whole), ...ours };
    const beside = Object.keys(theirs).length > 0 ? reader.readMessage(fields) : null;
    if (beside) return { ...toRaw(beside), ...ours, ...theirs };
  }
  return null;
}

const presentOf = (fields: RawObject): RawObject =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const toRaw = ({ role, content, metadata }: StoredMessage): RawObject => ({
  role,
  content,
  ...(metadata === null ? {} : { metadata }),
});

const isOwnForm = (message: RawObject): boolean =>
  ROLES.has(message['role']) &&
  'content' in message &&
  Object.keys(message).every((name) => OWN_FIELDS.has(name));

/** The role `developer` is that of the system; the metadata keeps the word. */
function ownMessage(message: RawObject): RawObject {
  const content = message['content'] ?? [];
  if (message['role'] !== 'developer') return { ...message, content };
  const { metadata } = message;
  const own = isPlainObject(metadata) ? metadata : {};
  return { ...message, content, role: 'system', metadata: { ...own, role: 'developer' } };
}
