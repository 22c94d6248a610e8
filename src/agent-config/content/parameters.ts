// Parameters of a model call that each provider defines. Sources: the API references of OpenAI
// (chat completions, responses), Anthropic (messages) and Google (generateContent), November 2026.
import { applyDecorators, type Type } from '@nestjs/common';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
} from 'class-validator';
import type { FieldError } from '../../platform/errors/index.js';
import {
  declaresField,
  EACH_ITEM,
  faultsOf,
  isPlainObject,
  words,
} from '../../platform/input/index.js';

const InRange = (min: number, max: number) =>
  applyDecorators(IsOptional(), IsNumber(), Min(min), Max(max));
const IsCount = (min = 1, max = 10_000_000) =>
  applyDecorators(IsOptional(), IsInt(), Min(min), Max(max));
const IsStop = (most: number) =>
  applyDecorators(
    IsOptional(),
    IsArray(),
    ArrayMaxSize(most),
    IsString(EACH_ITEM),
    Length(1, 1_000, EACH_ITEM),
  );

class CommonParameters {
  @InRange(0, 1) topP?: number;
  @IsCount() maxOutputTokens?: number;
}

class SampledParameters extends CommonParameters {
  @IsOptional() @IsInt() seed?: number;
  @InRange(-2, 2) presencePenalty?: number;
  @InRange(-2, 2) frequencyPenalty?: number;
}

class OpenAiParameters extends SampledParameters {
  @InRange(0, 2) temperature?: number;
  @IsStop(4) stop?: string[];
  @IsOptional()
  @IsIn(['none', 'minimal', 'low', 'medium', 'high', 'xhigh'])
  reasoningEffort?: string;
  @IsOptional() @IsIn(['low', 'medium', 'high']) verbosity?: string;
  @IsOptional() @IsBoolean() parallelToolCalls?: boolean;
}

class AnthropicParameters extends CommonParameters {
  @InRange(0, 1) temperature?: number;
  @IsCount() topK?: number;
  @IsStop(8_191) stop?: string[];
  @IsCount(1_024, 1_000_000) thinkingBudgetTokens?: number;
}

class GoogleParameters extends SampledParameters {
  @InRange(0, 2) temperature?: number;
  @IsCount() topK?: number;
  @IsStop(5) stop?: string[];
}

class OtherParameters extends SampledParameters {
  @InRange(0, 5) temperature?: number;
  @IsCount() topK?: number;
  @IsStop(100) stop?: string[];
}

/** A Map, because the name of a provider may equal an inherited property, such as `constructor`. */
const KNOWN: ReadonlyMap<string, Type<object>> = new Map<string, Type<object>>([
  ['openai', OpenAiParameters],
  ['anthropic', AnthropicParameters],
  ['google', GoogleParameters],
]);

export interface Parameters {
  [known: string]: unknown;
  /** Parameters that are not known here, passed on as they were given. */
  extra?: Record<string, unknown>;
}

/**
 * Checks the parameters that are known for the provider, and moves the others to `extra`. Null
 * counts as left out.
 */
export function readParameters(
  provider: string,
  { extra, ...given }: Record<string, unknown>,
): { parameters: Parameters } | { faults: FieldError[] } {
  const type = KNOWN.get(provider) ?? OtherParameters;
  const isKnown = (name: string) => declaresField(type, name);
  const known = pick(given, (name, value) => isKnown(name) && value !== null);
  const faults = faultsOf(type, known, '/parameters');
  if (extra !== undefined && extra !== null && !isPlainObject(extra))
    faults.push({ pointer: '/parameters/extra', message: words.object });
  if (faults.length > 0) return { faults };
  const others = { ...(extra as object | undefined), ...pick(given, (name) => !isKnown(name)) };
  return {
    parameters: { ...known, ...(Object.keys(others).length > 0 ? { extra: others } : {}) },
  };
}

const pick = (
  values: Record<string, unknown>,
  isWanted: (name: string, value: unknown) => boolean,
): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([name, value]) => isWanted(name, value)));
