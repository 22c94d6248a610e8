// Finds in the sources the functions whose time may grow with what a user sends: exported, given texts, bytes, lists or anything, and iterating.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** What holds SQL, wires, declares or is for the operator's own input. */
const NOT_LOOKED_AT =
  /\.(spec|repository|module|controller|service|source|sources|jobs|interceptor|filter|entity|list|errors|dto|task|d)\.ts$|^platform\/(config|database|jobs|health|cache|vault|redis|repository|telemetry|workers|context|errors)\/|-(command|routes|client|options|metrics|process)\.ts$|^[^/]+\.ts$|embed(der|ding)|mcp\/(child-transport|process-group)/;
const SIZED =
  /\b(string|Buffer|unknown|object|Record|ReadonlyMap|Map|Set|Uint8Array|Int8Array|Json\w*|MessageContent|Item|Layout|Turn|Sections|Content|Nodes|Changes|Rows?|Material|WindowInput|RepetitionInput|StoredContent|WindowMessage)\b|\[\]/;
const ITERATING = new Set([
  'map',
  'filter',
  'flatMap',
  'forEach',
  'reduce',
  'some',
  'every',
  'find',
  'findIndex',
  'findLast',
  'findLastIndex',
  'sort',
  'toSorted',
  'replace',
  'replaceAll',
  'match',
  'matchAll',
  'exec',
  'test',
  'split',
  'join',
  'indexOf',
  'includes',
  'stringify',
]);

/** Names as `path#function`. */
export function iteratingFunctions(root: string): string[] {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !NOT_LOOKED_AT.test(file),
  );
  return files.flatMap((file) => functionsOf(file, readFileSync(join(root, file), 'utf8'))).sort();
}

function functionsOf(file: string, text: string): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
  // Whatever it calls of its own file iterates for it.
  if (!iterates(source)) return [];
  return source.statements
    .flatMap((statement) => exportedOf(statement))
    .filter(({ node }) => isSized(node))
    .map(({ name }) => `${file}#${name}`);
}

type Callable = ts.FunctionDeclaration | ts.ArrowFunction | ts.MethodDeclaration;

function exportedOf(statement: ts.Statement): { name: string; node: Callable }[] {
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
  if (!modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
  if (ts.isFunctionDeclaration(statement))
    return [{ name: statement.name?.text ?? 'default', node: statement }];
  if (ts.isClassDeclaration(statement)) {
    return publicMethods(statement).map((node) => ({
      name: `${statement.name!.text}.${node.name.getText()}`,
      node,
    }));
  }
  if (!ts.isVariableStatement(statement)) return [];
  return statement.declarationList.declarations.flatMap(({ name, initializer }) =>
    initializer && ts.isArrowFunction(initializer)
      ? [{ name: name.getText(), node: initializer }]
      : [],
  );
}

const publicMethods = (statement: ts.ClassDeclaration): ts.MethodDeclaration[] =>
  statement.members
    .filter(ts.isMethodDeclaration)
    .filter(
      ({ modifiers }) =>
        !modifiers?.some(
          ({ kind }) =>
            kind === ts.SyntaxKind.PrivateKeyword || kind === ts.SyntaxKind.ProtectedKeyword,
        ),
    );

const isSized = ({ parameters }: Callable): boolean =>
  parameters.some(({ type }) => type !== undefined && SIZED.test(type.getText()));

function iterates(root: ts.Node): boolean {
  let found = false;
  const visit = (node: ts.Node): void => {
    found ||=
      ts.isIterationStatement(node, false) ||
      (ts.isCallExpression(node) &&
        ts.isPropertyAccessExpression(node.expression) &&
        ITERATING.has(node.expression.name.text));
    if (!found) ts.forEachChild(node, visit);
  };
  visit(root);
  return found;
}
