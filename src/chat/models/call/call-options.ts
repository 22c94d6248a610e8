// Translates the parameters and tools of a call for the packages of providers.
import type { LanguageModelV3CallOptions, LanguageModelV3FunctionTool } from '@ai-sdk/provider';
import type { ModelApi } from '../../../platform/config/model-settings.js';
import { isPlainObject } from '../../../platform/input/index.js';
import type { ModelCall, ModelTool, ModelToolChoice } from '../model-call.js';
import { legalSystem } from '../prompt/later-system.js';
import { withTakenFiles } from '../prompt/taken-files.js';
import { OPTIONS_NAMES } from '../providers/load-model.js';

/** Anthropic needs a limit; its package would ask for the most of an unknown model. */
const ANTHROPIC_MAX_OUTPUT_TOKENS = 8_192;

/**
 * Fields of a request that are the call's own business. With them, an agent configuration could
 * call other models or tools than it names, have texts stored at the provider, or get answers in
 * another form.
 */
const RESERVED_FIELDS: ReadonlySet<string> = new Set([
  ...['model', 'messages', 'input', 'instructions', 'prompt', 'contents', 'system'],
  ...['systemInstruction', 'system_instruction', 'cachedContent', 'tools', 'tool_choice'],
  ...['toolConfig', 'tool_config', 'mcp_servers', 'container', 'functions', 'function_call'],
  ...['stream', 'stream_options', 'n', 'store', 'background', 'conversation', 'metadata'],
  ...['previous_response_id', 'web_search_options', 'plugins', 'models', 'provider', 'user'],
]);

export interface CallOptions {
  options: LanguageModelV3CallOptions;
  /** Fields to add to the request's body. */
  extra: Record<string, unknown>;
}

export function callOptionsOf(call: ModelCall, api: ModelApi, signal: AbortSignal): CallOptions {
  const { extra, ...parameters } = call.parameters ?? {};
  const format = parameters['responseFormat'];
  const isChat = api === 'openai-compatible' || api === 'openai-chat';
  const maxOutputTokens =
    numberIn(parameters, 'maxOutputTokens') ??
    (api === 'anthropic' ? ANTHROPIC_MAX_OUTPUT_TOKENS : undefined);
  const options = present({
    prompt: withTakenFiles(legalSystem(call.messages, api), api),
    abortSignal: signal,
    maxOutputTokens,
    temperature: numberIn(parameters, 'temperature'),
    topP: numberIn(parameters, 'topP'),
    topK: numberIn(parameters, 'topK'),
    seed: numberIn(parameters, 'seed'),
    presencePenalty: numberIn(parameters, 'presencePenalty'),
    frequencyPenalty: numberIn(parameters, 'frequencyPenalty'),
    stopSequences: parameters['stop'],
    responseFormat: isChat ? undefined : responseFormatOf(format),
    tools: call.tools?.length ? call.tools.map(functionTool) : undefined,
    toolChoice: call.tools?.length && call.toolChoice ? chosen(call.toolChoice) : undefined,
    providerOptions: { [OPTIONS_NAMES[api]]: ownOptions(api, parameters) },
  });
  return {
    options: options as unknown as LanguageModelV3CallOptions,
    // Its packages do not send every schema, so it is sent as it was given.
    extra: { ...allowed(extra), ...(isChat && format ? { response_format: format } : {}) },
  };
}

/** Translates OpenAI's `response_format`, for other APIs. */
function responseFormatOf(format: unknown): LanguageModelV3CallOptions['responseFormat'] {
  if (!isPlainObject(format)) return undefined;
  if (format['type'] === 'json_object') return { type: 'json' };
  const named = format['json_schema'];
  if (format['type'] !== 'json_schema' || !isPlainObject(named)) return undefined;
  const { schema, name, description } = named as Record<string, never>;
  return { type: 'json', ...present({ schema, name, description }) };
}

/** Texts are not stored at the provider. */
const NOT_STORED = { store: false };
/** Gives reasoning back without storage at the provider. */
const ENCRYPTED_REASONING = { include: ['reasoning.encrypted_content'] };

function ownOptions(api: ModelApi, parameters: Record<string, unknown>): Record<string, unknown> {
  const { reasoningEffort, verbosity: textVerbosity, parallelToolCalls } = parameters;
  const budget = numberIn(parameters, 'thinkingBudgetTokens');
  switch (api) {
    case 'openai-compatible':
      return present({ reasoningEffort, textVerbosity, parallel_tool_calls: parallelToolCalls });
    case 'openai-chat':
      return present({ reasoningEffort, textVerbosity, parallelToolCalls, ...NOT_STORED });
    case 'openai-responses':
      return {
        ...present({ reasoningEffort, textVerbosity, parallelToolCalls }),
        ...NOT_STORED,
        ...ENCRYPTED_REASONING,
      };
    case 'anthropic':
      return budget === undefined ? {} : { thinking: { type: 'enabled', budgetTokens: budget } };
    case 'google':
      return budget === undefined ? {} : { thinkingConfig: { thinkingBudget: budget } };
  }
}

const functionTool = ({
  name,
  description,
  parameters,
  strict,
}: ModelTool): LanguageModelV3FunctionTool => ({
  type: 'function',
  name,
  ...(description === undefined ? {} : { description }),
  inputSchema: parameters ?? { type: 'object' },
  ...(strict === undefined ? {} : { strict }),
});

const chosen = (choice: ModelToolChoice) =>
  typeof choice === 'string' ? { type: choice } : { type: 'tool' as const, toolName: choice.name };

const allowed = (extra: unknown): Record<string, unknown> =>
  Object.fromEntries(Object.entries(extra ?? {}).filter(([name]) => !RESERVED_FIELDS.has(name)));

const numberIn = (parameters: Record<string, unknown>, name: string): number | undefined => {
  const value = parameters[name];
  return typeof value === 'number' ? value : undefined;
};

const present = (values: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined && value !== null),
  );
