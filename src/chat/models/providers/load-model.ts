// Makes the model of a call. The package of an API is loaded at its first call.
import type { LanguageModelV3 } from '@ai-sdk/provider';
import type { ModelApi } from '../../../platform/config/model-settings.js';
import { ModelCallError } from '../model-call-error.js';
import type { SendRequest } from './model-fetch.js';

export interface ModelAccess {
  baseURL: string;
  /** Empty without a key. It must be given: the packages would look for it in the environment. */
  apiKey: string;
  fetch: SendRequest;
}

/**
 * The name under which options and metadata of an API stand. It is the same for all providers of
 * the API, so that stored metadata outlives the renaming of a provider.
 */
export const OPTIONS_NAMES: Readonly<Record<ModelApi, string>> = {
  'openai-compatible': 'openaiCompatible',
  'openai-chat': 'openai',
  'openai-responses': 'openai',
  anthropic: 'anthropic',
  google: 'google',
};

/** Google has the name in the path of the URL. */
const GOOGLE_MODEL = /^[\w-][\w.-]*(?:\/[\w-][\w.-]*)*$/;

type Load = (access: ModelAccess, model: string) => Promise<LanguageModelV3>;

const LOADERS: Readonly<Record<ModelApi, Load>> = {
  'openai-compatible': async (access, model) => {
    const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
    const name = OPTIONS_NAMES['openai-compatible'];
    return createOpenAICompatible({ ...access, name, includeUsage: true }).chatModel(model);
  },
  'openai-chat': async (access, model) => {
    const { createOpenAI } = await import('@ai-sdk/openai');
    return createOpenAI(access).chat(model);
  },
  'openai-responses': async (access, model) => {
    const { createOpenAI } = await import('@ai-sdk/openai');
    return createOpenAI(access).responses(model);
  },
  anthropic: async (access, model) => {
    const { createAnthropic } = await import('@ai-sdk/anthropic');
    return createAnthropic(access).messages(model);
  },
  google: async (access, model) => {
    if (!GOOGLE_MODEL.test(model))
      throw new ModelCallError(
        'model.refused',
        'The name of the model has characters that no model of Google has.',
      );
    const { createGoogleGenerativeAI } = await import('@ai-sdk/google');
    return createGoogleGenerativeAI(access).chat(model);
  },
};

export const loadModel = (
  api: ModelApi,
  access: ModelAccess,
  model: string,
): Promise<LanguageModelV3> => LOADERS[api](access, model);
