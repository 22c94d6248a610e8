// System texts within a conversation, for providers that have them at its beginning only.
import type { LanguageModelV3Message } from '@ai-sdk/provider';
import { systemText } from '../../../conversations/parts/index.js';
import type { ModelApi } from '../../../platform/config/model-settings.js';
import type { ModelPrompt } from '../model-call.js';

const WITH_LEADING_SYSTEM_ONLY: ReadonlySet<ModelApi> = new Set(['anthropic', 'google']);

/** Labels later system texts, and has a user say them: the packages refuse them otherwise. */
export function legalSystem(prompt: ModelPrompt, api: ModelApi): ModelPrompt {
  const leading = prompt.findIndex(({ role }) => role !== 'system');
  if (!WITH_LEADING_SYSTEM_ONLY.has(api) || leading === -1) return prompt;
  return prompt.map((message, index) =>
    index > leading && message.role === 'system' ? labelled(message) : message,
  );
}

const labelled = ({
  content,
  providerOptions,
}: Extract<LanguageModelV3Message, { role: 'system' }>): LanguageModelV3Message => ({
  role: 'user',
  content: [{ type: 'text', text: systemText(content) }],
  ...(providerOptions === undefined ? {} : { providerOptions }),
});
