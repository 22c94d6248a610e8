// Applies overrides to a content.
import type { Content } from '../content/content.js';
import { readParameters } from '../content/parameters.js';
import type { SetOverridesDto } from '../dto/overrides.dto.js';

/** A part that is undefined, null or left out is not overridden. */
export type Overrides = { [K in keyof SetOverridesDto]: SetOverridesDto[K] | undefined };

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
