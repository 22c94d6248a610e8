export { DataKey, ServiceDataKey } from './data-key.entity.js';
export { KeyCustody, type WrappedKey } from './key-custody.js';
export { generateKey } from './key-file.js';
export { KeyRotation, type KeyStatus, type Step } from './key-rotation.js';
export { type VaultPlace, Vault } from './vault.js';
export { VaultErrors } from './vault.errors.js';
export { VaultKeysModule, VaultModule } from './vault.module.js';
