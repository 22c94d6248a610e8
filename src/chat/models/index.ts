export {
  type CallWait,
  FINISH_REASONS,
  type FinishReason,
  type ModelCall,
  ModelCalls,
  type ModelEvent,
  type ModelPrompt,
  type ModelRef,
  type ModelTool,
  type ModelToolChoice,
  type ModelUsage,
  type ProviderMetadata,
} from './model-call.js';
export {
  MODEL_ERROR_CODES,
  ModelCallError,
  type ModelErrorCode,
  type ModelErrorDetails,
} from './model-call-error.js';
export { ProviderPlaces } from './places/provider-places.js';
export { ModelsModule } from './models.module.js';
export { type AiSdkContext, promptOf } from './prompt/prompt-of.js';
export { nameOf, untakenFiles } from './prompt/taken-files.js';
export { sumOfUsage } from './answer/usage.js';
