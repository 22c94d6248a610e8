// Reads the body of a model call, and keeps what the call needs when it runs.
import { type NewMessage, parseAppend } from '../../conversations/index.js';
import { type RawObject, requestMessages } from '../../conversations/parts/index.js';
import { validateBody } from '../../platform/input/index.js';
import { type ModelCall, promptOf } from '../models/index.js';
import { toModelTool, toolChoiceOf } from '../turns/turn-request.js';
import type { ChosenAlone, ModelOptions } from '../turns/turn-models.js';
import { CreateModelCallDto } from './dto/create-model-call.dto.js';
import type { OnCrash, Priority } from './model-call.entity.js';

export interface ModelCallInput {
  messages: NewMessage[];
  system: string | null;
  options: ModelOptions;
  priority: Priority;
  onCrash: OnCrash;
}

/** What is kept of a call, as JSON. */
export type ModelCallRequest = Pick<ModelCall, 'parameters' | 'tools' | 'toolChoice'> & {
  /** Empty without one. */
  system: string;
  /** UIMessages. */
  messages: RawObject[];
};

/** @throws AppError `request.invalid_body` with a pointer for each wrong field */
export function readModelCall(body: unknown): ModelCallInput {
  const given = validateBody(CreateModelCallDto, body === undefined ? {} : body);
  const { messages: sent, format, tools, toolChoice } = given;
  const { messages } = parseAppend({ messages: sent, ...(format == null ? {} : { format }) });
  return {
    messages,
    system: given.system ?? null,
    priority: given.priority ?? 'normal',
    onCrash: given.onCrash ?? 'fail',
    options: {
      model: given.model ?? null,
      parameters: given.parameters ?? {},
      agentConfigId: given.agentConfigId ?? null,
      agentConfigVersion: given.agentConfigVersion ?? null,
      agentConfigAlias: given.agentConfigAlias ?? null,
      ...(tools == null ? {} : { tools: tools.map(toModelTool) }),
      ...(toolChoice == null ? {} : { toolChoice: toolChoiceOf(toolChoice) }),
    },
  };
}

export const requestOf = (
  { system, messages }: ModelCallInput,
  { parameters, tools, toolChoice, systemPrompt }: ChosenAlone,
): ModelCallRequest => ({
  parameters,
  tools,
  ...(toolChoice === undefined ? {} : { toolChoice }),
  system: system ?? systemPrompt,
  messages: requestMessages(messages),
});

/** What the model is called with. */
export function callOf(request: string): Omit<ModelCall, 'model' | 'signal'> {
  const { system, messages, ...call } = JSON.parse(request) as ModelCallRequest;
  const instructions = system === '' ? [] : [{ role: 'system' as const, content: system }];
  return { ...call, messages: [...instructions, ...promptOf({ messages })] };
}
