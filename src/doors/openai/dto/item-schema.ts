// How the API document describes items.
import { MESSAGE_LIMITS } from '../../../conversations/index.js';

const ROLES = ['user', 'assistant', 'system', 'developer'];
const PART_TYPES = [
  ...['input_text', 'output_text', 'refusal', 'input_image', 'input_file', 'input_audio'],
  ...['computer_screenshot', 'summary_text', 'reasoning_text'],
];
const OTHER_TYPES = [
  ...['function_call', 'function_call_output', 'custom_tool_call', 'custom_tool_call_output'],
  ...['file_search_call', 'web_search_call', 'image_generation_call', 'code_interpreter_call'],
  ...['computer_call', 'computer_call_output', 'local_shell_call', 'local_shell_call_output'],
  ...['shell_call', 'shell_call_output', 'apply_patch_call', 'apply_patch_call_output'],
  ...['tool_search_call', 'tool_search_output', 'mcp_list_tools', 'mcp_call'],
  ...['mcp_approval_request', 'mcp_approval_response', 'program', 'program_output'],
  ...['compaction', 'additional_tools'],
];

const typeOf = (values: string[]) => ({
  type: { type: 'string', enum: values, description: 'Kind of the item.' },
});

const MESSAGE = {
  type: 'object',
  required: ['role', 'content'],
  properties: {
    ...typeOf(['message']),
    role: { type: 'string', enum: ROLES, description: 'Who says it.' },
    content: {
      description: 'A text, or parts such as `input_text`, `output_text` and `input_image`.',
      oneOf: [
        { type: 'string' },
        {
          type: 'array',
          maxItems: MESSAGE_LIMITS.parts,
          items: {
            type: 'object',
            required: ['type'],
            properties: {
              type: { type: 'string', enum: PART_TYPES, description: 'Kind of the part.' },
            },
            additionalProperties: true,
          },
        },
      ],
    },
  },
  additionalProperties: true,
};

const REASONING = {
  type: 'object',
  required: ['type', 'summary'],
  properties: {
    ...typeOf(['reasoning']),
    summary: {
      type: 'array',
      maxItems: MESSAGE_LIMITS.parts,
      items: { type: 'object', additionalProperties: true },
      description: 'Parts of type `summary_text`.',
    },
  },
  additionalProperties: true,
};

const OTHER = {
  type: 'object',
  required: ['type'],
  properties: typeOf(OTHER_TYPES),
  additionalProperties: true,
};

/** A list of items in a body. */
export const ITEMS_FIELD = {
  type: 'array' as const,
  items: { oneOf: [MESSAGE, REASONING, OTHER] },
  maxItems: MESSAGE_LIMITS.perCall,
  example: [{ type: 'message', role: 'user', content: 'Where shall we eat?' }],
};

/** An item of an answer. */
export const ITEM = {
  type: 'object',
  required: ['id', 'type'],
  properties: {
    id: { type: 'string', description: 'The id of the item.' },
    type: { type: 'string', description: 'Kind of the item.' },
  },
  additionalProperties: true,
};
