// Counts how often the cache of replies would take one question for another, and how often it finds a
// question that is only written in another way. Needs no server. See README.md.
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const dist = resolve(process.argv[2] ?? join(import.meta.dirname, '..', 'dist'));
const { toNearQuestion } = await import(
  pathToFileURL(join(dist, 'src/platform/text/near-form.js')).href
);

const QUESTIONS = [
  'How many mg of ibuprofen may a child of 12 kg take?',
  'Is 5 mg of warfarin a day too much?',
  'Who was elected on 2024-11-05?',
  'What does Ada owe Bob since March 3?',
  'Can I return the order 4711-B after 30 days?',
  'Does the flight BA 117 leave at 07:30?',
  'Is Anna allowed to sign for Tom?',
  'How far is it from Paris to Lyon in km?',
  'What is -5 °C in °F?',
  'Which port does main-2.example.com use?',
  'Was bekommt Herr Weber am 1.5. zurück?',
  '¿Puede Juan comer 2,5 kg de queso?',
  'Может ли Иван взять 3 таблетки?',
  '他可以吃3片药吗？',
  'Is x != y when n = 10?',
  'What does WHO say of mask use?',
  'Turkey or goose for 8 people?',
  'May Jordan drive 1,500 miles?',
  'Does getUserName() throw in v2.1.3?',
  'What is 20% of 1.5 GB?',
];

/** Each changes what is asked for, in the way of one of the kinds that the issue of false hits has. */
const CHANGES = {
  numbers: (q) => [
    ...[...q.matchAll(/\d+/g)].flatMap(({ 0: n, index }) =>
      [`${n}0`, `${+n + 1}`, `-${n}`, `.${n}`, `${n}.5`, `1${n}`, `${n[0]} ${n.slice(1)}1`].map(
        (other) => q.slice(0, index) + other + q.slice(index + n.length),
      ),
    ),
    q.replace(/(\d),(\d)/, '$1.$2'),
    q.replace(/(\d)\.(\d)/, '$1$2'),
    q.replace(/(\d)-(\d)/, '$1$2'),
    q.replace(/(\d):(\d)/, '$1$2'),
  ],
  units: (q) =>
    Object.entries({ mg: ['g', 'MG', 'µg', 'ml'], kg: ['g', 'Kg', 'lb'], km: ['m', 'KM', 'miles'] })
      .concat([
        ['°C', ['°F', 'C']],
        ['GB', ['Gb', 'MB', 'gb']],
        ['days', ['hours', 'day']],
        ['%', ['', '‰']],
      ])
      .flatMap(([unit, others]) => others.map((other) => q.replace(unit, other))),
  negations: (q) => [
    ...['not', 'never', 'no', "n't", 'nicht', 'no', 'не', '不'].flatMap((no) =>
      q.split(' ').map((_, i, words) => words.toSpliced(i + 1, 0, no).join(' ')),
    ),
    q.replace(/^(Can|Does|Is) /, "$1n't "),
    q.replace('allowed', 'disallowed'),
    q.replace('!=', '='),
  ],
  names: (q) =>
    [...q.matchAll(/[\p{L}][\p{L}\p{M}]{2,}/gu)].flatMap(({ 0: word, index }) =>
      [
        word.toUpperCase(),
        `${word}a`,
        word.slice(0, -1),
        `${word[1]}${word[0]}${word.slice(2)}`,
        'Zoe',
      ]
        .concat(/^\p{Lu}/u.test(word) && index > 0 ? [word.toLowerCase()] : [])
        .map((other) => q.slice(0, index) + other + q.slice(index + word.length)),
    ),
  dates: (q) =>
    ['March', '2024-11-05', '1.5.', '07:30'].flatMap((date) =>
      ['May', '2024-05-11', '5.1.', '19:30', '2023-11-05'].map((other) => q.replace(date, other)),
    ),
  order: (q) =>
    q.split(' ').map((_, i, words) => {
      const swapped = [...words];
      [swapped[i], swapped[i + 1]] = [swapped[i + 1] ?? '', swapped[i]];
      return swapped.join(' ');
    }),
  marks: (q) => [q.replace(/[?？]$/u, ''), q.replace('()', ''), q.replace('=', '=='), `${q}?`],
};

/** The same question, written in another way. */
const REWRITTEN = [
  (q) => `  ${q.replaceAll(' ', '  ')}\n`,
  (q) => q.replace(/ (\p{L}{4,})/u, ' “$1”'),
  (q) => q.replace(/ (\p{L}{4,})/u, " '$1'"),
  (q) => q.normalize('NFD'),
  (q) => q.replace(/^(How|Is|Who|What|Can|Does|Which|Was) /, (word) => word.toLowerCase()),
];

/** Spaces and marks that a change leaves as they were are no change. */
const isChanged = (one, other) => one.replace(/\s+/g, '') !== other.replace(/\s+/g, '');

let [pairs, falseHits] = [0, 0];
for (const [kind, change] of Object.entries(CHANGES)) {
  const asked = QUESTIONS.flatMap((one) =>
    [...new Set(change(one))].filter((other) => isChanged(one, other)).map((other) => [one, other]),
  );
  const hits = asked.filter(([one, other]) => toNearQuestion(one) === toNearQuestion(other));
  pairs += asked.length;
  falseHits += hits.length;
  process.stdout.write(`${kind}: ${hits.length} false hits in ${asked.length} pairs\n`);
  for (const pair of hits.slice(0, 5)) process.stdout.write(`  ${JSON.stringify(pair)}\n`);
}
process.stdout.write(`all: ${falseHits} false hits in ${pairs} pairs\n`);

const rewritten = QUESTIONS.flatMap((one) =>
  REWRITTEN.map((rewrite) => [one, rewrite(one)]).filter(([, other]) => other !== one),
);
const found = rewritten.filter(([one, other]) => toNearQuestion(one) === toNearQuestion(other));
process.stdout.write(`found of ${rewritten.length} rewritten ones: ${found.length}\n`);
