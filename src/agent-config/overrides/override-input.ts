// Reads overrides, and applies them to a content.
import { z } from 'zod';
import { CONTENT_WORDS, POLICY_WORDS, withWords } from '../content/agent-config-input.js';
import { type Content, fields } from '../content/agent-config-input.js';
import { readParameters } from '../content/parameters.js';

const memory = z.strictObject(
  withWords(
    {
      enabled: z.boolean().nullish(),
      limit: z.int().min(0).max(50).nullish(),
      blocks: z.boolean().nullish(),
    },
    POLICY_WORDS.memory,
  ),
);
const context = z.strictObject({
  budgetTokens: z.int().min(1).max(10_000_000).nullish().describe(POLICY_WORDS.budgetTokens),
});

/** A part that is null or left out is not overridden. */
export const overridesSchema = z
  .strictObject(
    withWords(
      {
        model: fields.model.nullish(),
        parameters: fields.parameters.nullish(),
        systemPrompt: fields.systemPrompt.nullish(),
        tools: fields.tools.nullish(),
        memory: memory.nullish(),
        context: context.nullish(),
      },
      {
        ...CONTENT_WORDS,
        parameters:
          'Parameters to change, each by itself; null for a parameter removes it from the request.',
      },
    ),
  )
  .meta({ example: { memory: { limit: 3 }, systemPrompt: 'Answer in Portuguese.' } });

export type Overrides = z.infer<typeof overridesSchema>;

/**
 * Applies overrides to a content. Parameters and policies are merged by name, and null removes a
 * parameter; other parts are replaced.
 */
export function applyOverrides(
  content: Content,
  { model, parameters, systemPrompt, tools, memory, context }: Overrides,
): Content {
  const overridden = {
    ...content,
    model: model ?? content.model,
    systemPrompt: systemPrompt ?? content.systemPrompt,
    tools: tools ?? content.tools,
    memory: { ...content.memory, ...given(memory) },
    context: { ...content.context, ...given(context) },
  };
  return parameters || model
    ? { ...overridden, parameters: parametersOf(overridden, parameters ?? {}) }
    : overridden;
}

const given = <T extends object>(part: T | null | undefined) =>
  Object.fromEntries(
    Object.entries(part ?? {}).filter(([, value]) => value !== null && value !== undefined),
  );

/**
 * Merges parameters and moves those that the provider does not define to `extra`. Invalid ones are
 * kept as they are: the provider will report them.
 */
function parametersOf(
  { model, parameters: { extra, ...known } }: Content,
  { extra: more, ...over }: Record<string, unknown>,
): Content['parameters'] {
  const merged = Object.fromEntries(
    Object.entries({ ...known, ...extra, ...(more as object | undefined), ...over }).filter(
      ([, value]) => value !== null,
    ),
  );
  const read = readParameters(model?.provider ?? '', merged);
  return 'faults' in read ? merged : read.parameters;
}
