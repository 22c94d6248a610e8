import type { VaultPlace } from '../../platform/vault/index.js';

/** The place of the sealed address of a mailed secret. A user has one secret of each purpose. */
export const placeOfMailed = (purpose: string): VaultPlace => ({
  table: 'mailed_secret',
  row: purpose,
  column: 'sealed_email',
});
