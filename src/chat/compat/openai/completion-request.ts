// Reads the body of a chat completion as a turn takes it.
import {
  type ConversationReference,
  type NewMessage,
  parseAppend,
  readReference,
} from '../../../conversations/index.js';
import { partsOf } from '../../../conversations/parts/index.js';
import { type FieldError, MAX_FAULTS, RequestErrors } from '../../../platform/errors/index.js';
import { isPlainObject, validateBody, words } from '../../../platform/input/index.js';
import type { ModelTool, ModelToolChoice } from '../../models/index.js';
import type { TurnOptions } from '../../turns/turn.entity.js';
import { refuseUnstorable } from '../../turns/turn-request.js';
import { CompletionErrors } from './completions.errors.js';
import { CreateCompletionDto } from './dto/create-completion.dto.js';
import { readModelName } from './model-name.js';

export interface CompletionRequest {
  conversation: ConversationReference;
  /** True when all messages are new. */
  hasNewOnly: boolean;
  /** Without instructions. */
  messages: NewMessage[];
  options: Omit<TurnOptions, 'replyCache'>;
}

/** How the answer is written. */
export interface CompletionForm {
  model: string;
  isStream: boolean;
  includesUsage: boolean;
}

/** Fields of our own form of a message, which messages of OpenAI do not have. */
const OWN_FIELDS = ['key', 'status', 'leaseSeconds', 'createdAt', 'metadata'] as const;

/**
 * @param providers names of the configured ones
 * @throws AppError `request.invalid_body` with a pointer for each wrong field; 404 for a model that
 * names nothing
 */
export function readCompletionRequest(
  body: unknown,
  providers: readonly string[],
): CompletionRequest {
  const given = validateBody(CreateCompletionDto, body === undefined ? {} : body);
  const named = readModelName(given.model, providers);
  if (named === null)
    throw CompletionErrors.unknownModel({
      detail: `Name a model as provider/name, or an agent configuration as agent:<id>. Configured providers: ${providers.join(', ')}.`,
    });
  const { conversation, history } = given.metadata;
  const { instructions, messages } = readMessages(given.messages);
  const options = {
    ...named,
    parameters: parametersOf(given),
    context: {},
    onCrash: 'interrupt' as const,
    ...(given.tools == null ? {} : { tools: given.tools.map(toModelTool) }),
    ...(given.tool_choice == null ? {} : { toolChoice: toolChoiceOf(given.tool_choice) }),
    ...(instructions === '' ? {} : { instructions }),
  };
  refuseUnstorable(options);
  return {
    conversation: readReference(conversation),
    hasNewOnly: history === 'new',
    messages,
    options,
  };
}

/** Reads a body that `readCompletionRequest` takes, or has taken before. */
export function readCompletionForm(body: unknown): CompletionForm {
  const { model, stream, stream_options: options } = body as CreateCompletionDto;
  return {
    model,
    isStream: stream === true,
    includesUsage: options?.include_usage === true,
  };
}

/**
 * Divides the messages into instructions and those of the conversation.
 * @throws AppError `request.invalid_body`
 */
function readMessages(given: unknown[]): { instructions: string; messages: NewMessage[] } {
  const faults = given.flatMap(ownFields);
  if (faults.length > 0) throw RequestErrors.invalidBody({ errors: faults.slice(0, MAX_FAULTS) });
  const { messages: read } = parseAppend({ messages: given, format: 'openai' });
  const first = read.findIndex(({ role }) => role !== 'system');
  const end = first === -1 ? read.length : first;
  const instructions = read.slice(0, end).map(textOf).join('\n\n').trim();
  // They are kept as `jsonb`.
  const kept = instructions.toWellFormed().replaceAll('\0', '\ufffd');
  return { instructions: kept, messages: read.slice(end) };
}

function ownFields(message: unknown, index: number): FieldError[] {
  if (!isPlainObject(message)) return [];
  return OWN_FIELDS.filter((name) => name in message).map((name) => ({
    pointer: `/messages/${index}/${name}`,
    message: words.unknown,
  }));
}

const textOf = ({ role, content, metadata }: NewMessage): string =>
  partsOf({ role, content, metadata })
    .map((part) => (part.kind === 'text' ? part.text : ''))
    .join('\n');

function parametersOf(given: CreateCompletionDto): Record<string, unknown> {
  const extra = present({
    logit_bias: given.logit_bias,
    service_tier: given.service_tier,
    prompt_cache_key: given.prompt_cache_key,
    safety_identifier: given.safety_identifier,
  });
  return present({
    temperature: given.temperature,
    topP: given.top_p,
    maxOutputTokens: given.max_completion_tokens ?? given.max_tokens,
    stop: typeof given.stop === 'string' ? [given.stop] : given.stop,
    seed: given.seed,
    presencePenalty: given.presence_penalty,
    frequencyPenalty: given.frequency_penalty,
    parallelToolCalls: given.parallel_tool_calls,
    reasoningEffort: given.reasoning_effort,
    verbosity: given.verbosity,
    responseFormat: given.response_format,
    extra: Object.keys(extra).length > 0 ? extra : null,
  });
}

const present = (values: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value != null));

const toModelTool = ({
  function: { name, description, parameters, strict },
}: NonNullable<CreateCompletionDto['tools']>[number]): ModelTool => ({
  name,
  ...(description == null ? {} : { description }),
  ...(parameters == null ? {} : { parameters }),
  ...(strict == null ? {} : { strict }),
});

const toolChoiceOf = (choice: NonNullable<CreateCompletionDto['tool_choice']>): ModelToolChoice =>
  typeof choice === 'string'
    ? (choice as Exclude<ModelToolChoice, object>)
    : { name: choice.function.name };
