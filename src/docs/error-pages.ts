// A page for each error code, from its definition and its row in `docs/errors.md`.
import { ErrorRegistry, problemType } from '../platform/errors/index.js';

/** The columns of the table in `docs/errors.md`. */
interface ErrorRow {
  code: string;
  why: string;
  remedy: string;
}

/** @returns addresses and markdown, sorted by code */
export const errorPages = (table: string): (readonly [address: string, markdown: string])[] => {
  const rows = new Map(rowsOf(table).map((row) => [row.code, row]));
  return ErrorRegistry.codes().map((code) => [
    `/docs/errors/${code}`,
    pageOf(rows.get(code) ?? { code, why: '', remedy: '' }),
  ]);
};

/** The table with the code as a link, status and meaning: the rest is on the pages of the codes. */
export const shortTable = (table: string): string =>
  table.replace(/^(\|[^|\n]*\|[^|\n]*\|[^|\n]*\|).*$/gm, (_line, cells: string) =>
    cells.replace(/`([^`]+)`/, '[`$1`](/docs/errors/$1)'),
  );

/** A cell has no `|`. */
const rowsOf = (table: string): ErrorRow[] =>
  table
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => {
      const [code = '', , , why = '', remedy = ''] = line
        .split('|')
        .slice(1)
        .map((cell) => cell.trim());
      return { code: code.replaceAll('`', ''), why, remedy };
    });

function pageOf({ code, why, remedy }: ErrorRow): string {
  const { status, title } = ErrorRegistry.get(code)!;
  const problem = { type: problemType(code), title, status, code };
  return `# ${code}

**${status}** · ${title}.

## Why it happens

${why}

## What to do

${remedy}

## The answer

\`\`\`json
${JSON.stringify(problem, null, 2)}
\`\`\`

It also has \`instance\` (the path), \`requestId\` (the id in the log of the server) and, where there
is more to say, \`detail\` and \`errors\`. Programs read \`code\`: it keeps its meaning.
All codes are [in one table](errors.md).
`;
}
