// Token formats from a maintained list: the recommended rules of secretlint, run as they are
// published.
import { rules } from '@secretlint/secretlint-rule-preset-recommend';
import { isRandom } from './tokens.js';

type Rule = (typeof rules)[number];
type Context = Parameters<Rule['create']>[0];
type Scanner = ReturnType<Rule['create']>;
type Source = Parameters<NonNullable<Scanner['file']>>[0];

const PREFIX = '@secretlint/secretlint-rule-';

/** Rules that do not run here. Each has its reason. */
const LEFT_OUT = new Set([
  // Reads key files by name. What stands in them is found as a private key.
  'gcp',
  // Lets a text say that it is not to be looked at.
  'filter-comments',
  // Passwords of some URLs: `assignments.ts` finds those of all.
  'basicauth',
  'database-connection-string',
]);

/** Findings that are no secret, or that `assignments.ts` tells from a placeholder. */
const NO_SECRETS = new Set(['AWSAccountID', 'Npmrc_authToken']);

/** As many characters at the end of a token are random. */
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

/** In camel case, also after initials. */
const WORD_START = /(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g;

/** The kinds of tokens in a text, as in `github_token`. A placeholder is none. */
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
