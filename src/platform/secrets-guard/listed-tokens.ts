// Finds tokens by a maintained list: the recommended rules of secretlint, unchanged.
import { rules } from '@secretlint/secretlint-rule-preset-recommend';
import { isRandom } from './tokens.js';

type Rule = (typeof rules)[number];
type Context = Parameters<Rule['create']>[0];
type Scanner = ReturnType<Rule['create']>;
type Source = Parameters<NonNullable<Scanner['file']>>[0];

const PREFIX = '@secretlint/secretlint-rule-';

/** Rules that are not used, each with its reason. */
const LEFT_OUT = new Set([
  // Finds key files by name. Their contents are found as private keys.
  'gcp',
  // Lets a text exclude itself from the search.
  'filter-comments',
  // Finds passwords in some URLs; `assignments.ts` finds them in all.
  'basicauth',
  'database-connection-string',
]);

/** Findings that are no secrets, or that `assignments.ts` distinguishes from placeholders. */
const NO_SECRETS = new Set(['AWSAccountID', 'Npmrc_authToken']);

/** A real token ends with this many random characters. */
const RANDOM_CHARACTERS = 20;

let reports: { messageId: string; range: readonly number[] }[] = [];

const context: Context = {
  sharedOptions: {},
  createTranslator: () => (messageId) => ({ message: '', messageId: String(messageId), data: {} }),
  ignore: () => undefined,
  report: ({ message: { messageId }, range }) => void reports.push({ messageId, range }),
};

const scanners = rules
  .filter(({ meta }) => !LEFT_OUT.has(meta.id.slice(PREFIX.length)))
  .map((rule) => rule.create(context, { enableIDScanRule: true }));

/** The places where a word begins in camel case, also after an acronym: `AWS|Secret|Key`. */
const WORD_START = /(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g;

/** The kinds of tokens in a text, such as `github_token`. Ignores placeholders. */
export function listedKindsIn(text: string): string[] {
  reports = [];
  const source = { content: text } as Source;
  for (const scanner of scanners) void scanner.file?.(source);
  return reports
    .filter(
      ({ messageId, range: [, end] }) =>
        !NO_SECRETS.has(messageId) && isRandom(text.slice(end! - RANDOM_CHARACTERS, end)),
    )
    .map(({ messageId }) => messageId.replace(WORD_START, '_').toLowerCase());
}
