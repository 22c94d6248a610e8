// The API document as the reference shows it. The function runs in the browser: it uses nothing
// from outside of itself.

/** The operations of the first hour, in the order in which they are tried. */
export const FIRST_STEPS: readonly string[] = [
  'Conversations.put',
  'Messages.append',
  'Messages.list',
  'Context.build',
  'Memories.create',
  'Memories.list',
  'MemorySearch.search',
  'MessageSearch.searchAll',
  'Conversations.list',
  'Users.getOwn',
];

interface Parameter {
  $ref?: string;
  in?: string;
  required?: boolean;
  description?: string;
  example?: unknown;
}
interface Operation {
  operationId: string;
  tags: string[];
  parameters?: Parameter[];
}
export interface ShownDocument {
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { parameters: Record<string, Parameter> };
}

/**
 * Shows the steps once more, in a chapter before the others and with one conversation for all.
 * Takes the examples of optional parameters away, because Swagger UI would send each of them: the
 * same `Idempotency-Key` for two requests, say.
 */
export function prepareReference(api: ShownDocument, steps: readonly string[]): ShownDocument {
  const chapter = 'first steps';
  const shared = api.components.parameters;
  const operations = Object.entries(api.paths).flatMap(([path, item]) =>
    Object.values(item).map((operation) => ({ path, item, operation })),
  );
  const parameters = operations.flatMap(({ operation }) => operation.parameters ?? []);
  for (const parameter of [...parameters, ...Object.values(shared)]) {
    if (parameter.required || parameter.example === undefined) continue;
    const example = ` For example \`${parameter.example as string}\`.`;
    parameter.description = `${parameter.description}${example}`;
    delete parameter.example;
  }
  shared['Threadkeep-User']!.example = 'ada';
  const first = steps.map((id) =>
    operations.find(({ operation }) => operation.operationId === id)!,
  );
  for (const { operation } of first) {
    operation.tags = [chapter, ...operation.tags];
    operation.parameters = (operation.parameters ?? []).map((parameter) => {
      const known = parameter.$ref ? shared[parameter.$ref.split('/').at(-1)!]! : parameter;
      if (known.in === 'path') return { ...known, example: 'key:lunch' };
      return known.in === 'query' && known.required ? { ...known, example: 'eat' } : parameter;
    });
  }
  const description = 'Ten operations of the first hour. Press Execute from top to bottom.';
  return {
    ...api,
    tags: [{ name: chapter, description }, ...api.tags],
    paths: { ...Object.fromEntries(first.map(({ path, item }) => [path, item])), ...api.paths },
  };
}
