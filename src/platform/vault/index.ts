export { ColumnConversions, type ConvertedColumn } from './column-conversions.js';
export { type Conversion, Conversions, type ConversionState, SLICE_ROWS } from './conversions.js';
export { DataKey, ServiceDataKey } from './data-key.entity.js';
export { DataKeys, type OwnedKey, unlessLost } from './data-keys.js';
export { KeyCustody, type WrappedKey } from './key-custody.js';
export { generateKey } from './key-file.js';
export { KeyRotation, type KeyStatus, type Step } from './key-rotation.js';
export {
  isSealedText,
  isPlainTextSql,
  isSealedTextSql,
  ofPlainText,
  openTextWith,
  sealSameTextWith,
  sealTextWith,
  toPlainText,
} from './sealed-text.js';
export { isUnreadable, orNull, unlessUnreadable } from './unreadable.js';
export { ServiceKeys } from './service-keys.js';
export {
  type PartingKeys,
  type SealedColumn,
  SealedColumns,
  type SealingKeys,
} from './sealed-columns.js';
export {
  openBytesWith,
  openWith,
  sealBytesWith,
  sealWith,
  type VaultPlace,
  Vault,
} from './vault.js';
export { VaultErrors } from './vault.errors.js';
export { VaultKeysModule, VaultModule } from './vault.module.js';
