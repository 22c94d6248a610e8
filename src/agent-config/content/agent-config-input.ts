// Reads request bodies. One zod schema both checks a body and documents it.
import { z } from 'zod';
import { type FieldError, RequestErrors } from '../../platform/errors/index.js';
import { isPlainObject, pointerToken } from '../../platform/input/index.js';
import { type BoundedSchema, boundsFault } from './body-bounds.js';
import { type Overridable, overridableSchema } from '../overrides/overridable.js';
import { type Parameters, readParameters } from './parameters.js';
import type { TrafficTarget } from '../aliases/traffic.js';

export const AGENT_CONFIG_LIMITS = {
  contentBytes: 1_048_576,
  promptLength: 200_000,
  tools: 128,
  targets: 10,
} as const;

/** Examples of what the pattern allows. */
const NAMES = ['support', 'get_weather', 'tool-2'];
const identifier = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/)
  .meta({ examples: NAMES });
const object = z.record(z.string(), z.unknown());

const model = z.strictObject({
  provider: z.string().min(1).max(100).describe('Provider of the model, such as `openai`.'),
  name: z.string().min(1).max(200).describe("The provider's name of the model."),
});
const promptPart = z.strictObject({
  name: identifier.optional().describe('Name of the part.'),
  text: z.string().min(1).max(AGENT_CONFIG_LIMITS.promptLength).describe('Text of the part.'),
});
const tool = z.strictObject({
  name: identifier.describe('Name of the tool, unique in the configuration.'),
  description: z.string().max(10_000).optional().describe('What the tool does, for the model.'),
  parameters: object.optional().describe("JSON Schema of the tool's input."),
});

/** What the API document says of the policies, here and in overrides. */
export const POLICY_WORDS = {
  memory: {
    enabled: 'Whether contexts contain memories.',
    limit: 'Most memories in a context.',
    blocks: 'Whether contexts contain memory blocks.',
  },
  budgetTokens: 'Token budget of a context when a request names none. Null for 8,000.',
} as const;

const memoryPolicy = z.strictObject({
  enabled: z.boolean().default(true).describe(POLICY_WORDS.memory.enabled),
  limit: z.int().min(0).max(50).default(5).describe(POLICY_WORDS.memory.limit),
  blocks: z.boolean().default(true).describe(POLICY_WORDS.memory.blocks),
});
const contextPolicy = z.strictObject({
  budgetTokens: z
    .int()
    .min(1)
    .max(10_000_000)
    .nullable()
    .default(null)
    .describe(POLICY_WORDS.budgetTokens),
});

/** Fields of a version. A field that is null or left out gets its default. */
export const fields = {
  name: z.string().min(1).max(200),
  description: z.string().max(2_000).nullable(),
  tags: z.array(z.string().min(1).max(100)).max(50),
  model: model.nullable(),
  parameters: object,
  systemPrompt: z
    .union([z.string().max(AGENT_CONFIG_LIMITS.promptLength), z.array(promptPart).max(50)])
    .nullable(),
  tools: z.array(tool).max(AGENT_CONFIG_LIMITS.tools),
  memory: memoryPolicy,
  context: contextPolicy,
};
const message = z.string().min(1).max(1_000).nullable().optional();

/** What the API document says of each part. */
export const CONTENT_WORDS = {
  name: 'Name, unique among the configurations of its owner.',
  description: 'What the configuration is for.',
  tags: 'Labels to filter lists by.',
  model: 'The model that runs the agent.',
  parameters:
    'Parameters of the model. Those of a known provider are checked; others are kept in `extra`.',
  systemPrompt: 'The system prompt: a text, or named parts in order.',
  tools: 'Tools that the model may call.',
  memory: 'What contexts contain of the memory.',
  context: 'How contexts are built.',
  overridable:
    'Only for configurations of the service: JSON Pointers of what users may override, numbers within bounds. By default `/memory`, and `/parameters/temperature` from 0 to 1.',
  message: 'What changes in this version, for the list of versions.',
} as const;

/** A shape whose fields have words for the API document. */
export const withWords = <S extends Record<string, z.ZodType>>(
  shape: S,
  words: Readonly<Record<keyof S, string>>,
): S =>
  Object.fromEntries(
    Object.entries(shape).map(([name, field]) => [name, field.describe(words[name]!)]),
  ) as S;

const sent = withWords(
  {
    name: fields.name.nullish(),
    description: fields.description.nullish(),
    tags: fields.tags.nullish(),
    model: fields.model.nullish(),
    parameters: fields.parameters.nullish(),
    systemPrompt: fields.systemPrompt.nullish(),
    tools: fields.tools.nullish(),
    memory: fields.memory.nullish(),
    context: fields.context.nullish(),
    overridable: overridableSchema.nullish(),
    message,
  },
  CONTENT_WORDS,
);

const EXAMPLE = {
  name: 'travel-agent',
  model: { provider: 'openai', name: 'gpt-4.1-mini' },
  parameters: { temperature: 0.2 },
  systemPrompt: 'You help people to plan trips.',
};

export const newAgentConfigSchema = z
  .strictObject({ ...sent, name: fields.name.describe(CONTENT_WORDS.name) })
  .meta({ example: EXAMPLE });
export const agentConfigChangesSchema = z
  .strictObject(sent)
  .meta({ example: { systemPrompt: 'You plan trips by train.', message: 'Trains only' } });
export const copySchema = z
  .strictObject({
    name: fields.name.nullable().optional().describe('Name of the copy. The same name without it.'),
  })
  .meta({ example: { name: 'travel-agent-copy' } });
const target = z.strictObject({
  version: z.int().min(1).max(2_147_483_647).describe('Version that the alias points to.'),
  percent: z
    .int()
    .min(1)
    .max(100)
    .describe('Share of the users that get this version, in percent.'),
});
/** Body that points an alias to one version, or to several. */
export const aliasTargetSchemas = {
  one: z
    .strictObject({ version: target.shape.version })
    .meta({ title: 'OneVersion', example: { version: 1 } }),
  several: z
    .strictObject({
      targets: z
        .array(target)
        .min(1)
        .max(AGENT_CONFIG_LIMITS.targets)
        .describe('The versions with their shares, which add up to 100 percent.'),
    })
    .meta({
      title: 'Split',
      example: {
        targets: [
          { version: 1, percent: 90 },
          { version: 2, percent: 10 },
        ],
      },
    }),
};

type SentChanges = z.infer<typeof agentConfigChangesSchema>;
export type Content = { [K in keyof typeof fields]: z.infer<(typeof fields)[K]> } & {
  parameters: Parameters;
  /**
   * Parts of a service's configuration that users may override. Absent for the default, as in
   * versions from before the field existed.
   */
  overridable?: Overridable;
};

const EMPTY: Omit<Content, 'name'> = {
  description: null,
  tags: [],
  model: null,
  parameters: {},
  systemPrompt: null,
  tools: [],
  memory: memoryPolicy.parse({}),
  context: contextPolicy.parse({}),
};

/** Converts a schema to JSON Schema for the API document. */
export function documented(schema: z.ZodType): Record<string, unknown> {
  const document: Record<string, unknown> = { ...z.toJSONSchema(schema, { io: 'input' }) };
  delete document['$schema'];
  return document;
}

/**
 * Reads a body.
 * @throws AppError `request.invalid_body` with a pointer for each wrong field
 */
export function readBody<T extends z.ZodType>(schema: T, body: unknown): z.infer<T> {
  if (!isPlainObject(body))
    throw RequestErrors.invalidBody({
      errors: [{ pointer: '', message: 'must be a JSON object' }],
    });
  const beyond = boundsFault(boundsOf(schema), body);
  if (beyond) throw RequestErrors.invalidBody({ errors: [beyond] });
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  throw RequestErrors.invalidBody({
    errors: read.error.issues.slice(0, MAX_LISTED_FAULTS).flatMap(faultsOf),
  });
}

/** Errors listed in one answer. */
const MAX_LISTED_FAULTS = 20;

/** Returns the JSON Schema of a zod schema; it is converted once. */
const known = new WeakMap<z.ZodType, BoundedSchema>();
function boundsOf(schema: z.ZodType): BoundedSchema {
  const bounds = known.get(schema) ?? documented(schema);
  known.set(schema, bounds);
  return bounds;
}

function faultsOf(issue: z.core.$ZodIssue): FieldError[] {
  const at = pointerOf(issue.path);
  if (issue.code === 'unrecognized_keys')
    return issue.keys
      .slice(0, MAX_LISTED_FAULTS)
      .map((key) => ({ pointer: `${at}/${pointerToken(key)}`, message: 'is not a known field' }));
  return [{ pointer: at, message: issue.message }];
}

/**
 * Reads the targets of an alias.
 * @throws AppError as `readBody` does
 */
export function readTargets(body: unknown): TrafficTarget[] {
  if (isPlainObject(body) && 'targets' in body)
    return readBody(aliasTargetSchemas.several, body).targets;
  return [{ version: readBody(aliasTargetSchemas.one, body).version, percent: 100 }];
}

const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${pointerToken(String(part))}`).join('');

/** Applies changes to a content. `ContentChecks` decides whether the result is valid. */
export function contentOf(changes: Omit<SentChanges, 'message'>, before: Content | null): Content {
  const { name, ...rest } = changes;
  // A configuration always has a name: null leaves it unchanged.
  const given = Object.fromEntries(
    Object.entries({ ...rest, ...(name ? { name } : {}) }).map(([key, value]) => [
      key,
      value ?? EMPTY[key as keyof typeof EMPTY],
    ]),
  );
  return { ...EMPTY, ...before, ...given } as Content;
}

/** Checks the parameters, and moves those that the provider does not define to `extra`. */
export function faultyParameters(content: Content): FieldError[] {
  const read = readParameters(content.model?.provider ?? '', content.parameters);
  if ('faults' in read)
    return read.faults.map(({ path, message }) => ({
      pointer: pointerOf(['parameters', ...path]),
      message,
    }));
  content.parameters = read.parameters;
  return [];
}
