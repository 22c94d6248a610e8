export { SigningKey } from './signing-key.entity.js';
export { SigningKeys } from './signing-keys.js';
export { SigningModule } from './signing.module.js';
