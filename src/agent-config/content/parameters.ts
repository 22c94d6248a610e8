// Parameters of a model call that each provider defines. Sources: the API references of OpenAI
// (chat completions, responses), Anthropic (messages) and Google (generateContent), November 2026.
import { z } from 'zod';

const share = z.number().min(0).max(1);
const count = z.int().min(1).max(10_000_000);
const stop = (most: number) => z.array(z.string().min(1).max(1_000)).max(most);
const common = { topP: share, maxOutputTokens: count };
const penalty = z.number().min(-2).max(2);

const openai = z.object({
  ...common,
  temperature: z.number().min(0).max(2),
  stop: stop(4),
  seed: z.int(),
  presencePenalty: penalty,
  frequencyPenalty: penalty,
  reasoningEffort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']),
  verbosity: z.enum(['low', 'medium', 'high']),
  parallelToolCalls: z.boolean(),
});
const anthropic = z.object({
  ...common,
  temperature: share,
  topK: count,
  stop: stop(8_191),
  thinkingBudgetTokens: z.int().min(1_024).max(1_000_000),
});
const google = z.object({
  ...common,
  temperature: z.number().min(0).max(2),
  topK: count,
  stop: stop(5),
  seed: z.int(),
  presencePenalty: penalty,
  frequencyPenalty: penalty,
});
const others = z.object({
  ...common,
  temperature: z.number().min(0).max(5),
  topK: count,
  stop: stop(100),
  seed: z.int(),
  presencePenalty: penalty,
  frequencyPenalty: penalty,
});

/** A Map, because the name of a provider may equal an inherited property, such as `constructor`. */
const KNOWN: ReadonlyMap<string, z.ZodObject> = new Map<string, z.ZodObject>([
  ['openai', openai],
  ['anthropic', anthropic],
  ['google', google],
]);

export interface Parameters {
  [known: string]: unknown;
  /** Parameters that are not known here, passed on as they were given. */
  extra?: Record<string, unknown>;
}

export interface ParameterFault {
  path: (string | number)[];
  message: string;
}

/** Checks the parameters that are known for the provider, and moves the others to `extra`. */
export function readParameters(
  provider: string,
  given: Record<string, unknown>,
): { parameters: Parameters } | { faults: ParameterFault[] } {
  const { extra, ...rest } = given;
  const known = (KNOWN.get(provider) ?? others).partial();
  const isKnown = (key: string): boolean => Object.hasOwn(known.shape, key);
  const read = known.safeParse(
    Object.fromEntries(
      Object.entries(rest).filter(([key, value]) => isKnown(key) && value !== null),
    ),
  );
  if (!read.success)
    return {
      faults: read.error.issues.map(({ path, message }) => ({
        path: path as (string | number)[],
        message,
      })),
    };
  const unknown = {
    ...(extra as object | undefined),
    ...Object.fromEntries(Object.entries(rest).filter(([key]) => !isKnown(key))),
  };
  return {
    parameters: { ...read.data, ...(Object.keys(unknown).length > 0 ? { extra: unknown } : {}) },
  };
}
