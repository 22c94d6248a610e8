// Ids, texts and chance, all repeatable. The ids are those of sql/world.sql.
import { createHash } from 'node:crypto';

/** The same as pg_temp.id_of in sql/world.sql. */
export function idOf(kind, n) {
  const hex = createHash('md5').update(`${kind}:${n}`).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}

/** The same as in the view world_memory. */
function memoryId(user, n) {
  const hex = createHash('md5').update(`${user}${n}`).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}

/** mulberry32: numbers from 0 to 1. */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const BEGINNINGS = ['', 're', 'un', 'over', 'out', 'mis', 'inter', 'sub'];
const STEMS =
  'walk talk plan read note call ship light water garden summer letter market river table window travel order color music paper north'.split(
    ' ',
  );
const ENDINGS = ['', 's', 'ed', 'ing', 'er', 'ly', 'ness', 'able'];
const WORDS = STEMS.flatMap((stem) =>
  BEGINNINGS.flatMap((beginning) => ENDINGS.map((ending) => beginning + stem + ending)),
);

/** Some words are common and most are rare, as in a language. */
const wordFrom = (random) => WORDS[Math.floor(WORDS.length * random() ** 3)];

/** Plain ASCII, so that its length is its size. */
export function textFrom(random, shortest, longest) {
  const length = shortest + Math.floor(random() * (longest - shortest));
  let text = wordFrom(random);
  while (text.length < length) text += ` ${wordFrom(random)}`;
  return text.slice(0, length);
}

/** The contents of the seeded messages. */
export function seedTexts() {
  const random = randomFrom(42);
  return Array.from({ length: 5_000 }, () => textFrom(random, 200, 800));
}

/** What requests are made from, worked out beforehand so that making one costs next to nothing. */
export function createWorld(users) {
  const random = randomFrom(1);
  const numbers = Array.from({ length: users }, (_, n) => n);
  const messages = (role) =>
    Array.from({ length: 512 }, () =>
      JSON.stringify({ role, content: textFrom(random, 200, 800) }),
    );
  return {
    users: numbers.map((n) => idOf('user', n)),
    /** The conversation of 62 messages of each user. */
    activeConversations: numbers.map((n) => idOf('conversation', n * 20)),
    /** By the number of their messages; all of the first user. */
    longConversations: Object.fromEntries(
      [1_000, 10_000, 100_000].map((length) => [length, idOf('long conversation', length)]),
    ),
    busyUser: idOf('busy user', 0),
    /** By the number of their memories. */
    memoryUsers: Object.fromEntries(
      [100, 1_000, 10_000].map((count) => [count, idOf('memory user', count)]),
    ),
    /** One of 80 of each ordinary user. */
    memoryOf: (user, n) => memoryId(user, n),
    /** Neither the most common words nor the rarest. */
    word: (random) => WORDS[20 + Math.floor(random() * 300)],
    texts: Array.from({ length: 512 }, () => textFrom(random, 60, 200)),
    /** JSON texts; a turn takes one of either role by turns. */
    messages: { user: messages('user'), assistant: messages('assistant') },
  };
}
