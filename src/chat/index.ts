export { ChatModule } from './chat.module.js';
export { FOR_OPENAI_CLIENTS } from './compat/openai/openai-error.js';
export { OpenAiCompatModule } from './compat/openai/openai-compat.module.js';
export { ModelCallRecord } from './model-calls/model-call.entity.js';
export { ModelCallsModule } from './model-calls/model-calls.module.js';
export { ModelKey } from './model-keys/model-key.entity.js';
export { StreamSocketModule } from './socket/stream-socket.module.js';
export { Turn } from './turns/turn.entity.js';
