export { BodyGuard } from './body-guard.js';
export { SecretsGuard } from './secrets-guard.js';
export { SecretsGuardModule } from './secrets-guard.module.js';
export { TextGuard } from './text-guard.js';
