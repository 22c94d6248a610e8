// Secrets at rest: envelope encryption with a data key for each user.
import { Global, Module } from '@nestjs/common';
import { ColumnConversions } from './column-conversions.js';
import { Conversions } from './conversions.js';
import { DataKeys } from './data-keys.js';
import { DataKeysRepository } from './data-keys.repository.js';
import { KeyCustody } from './key-custody.js';
import { KeyRotation } from './key-rotation.js';
import { LocalKeyCustody } from './local-key-custody.js';
import { RewrapDataKeys } from './rewrap.job.js';
import { SealedColumns } from './sealed-columns.js';
import { ServiceKeys } from './service-keys.js';
import { Vault } from './vault.js';

/** Without the job: for the command line. */
@Module({
  providers: [
    DataKeys,
    DataKeysRepository,
    KeyRotation,
    Vault,
    { provide: KeyCustody, useClass: LocalKeyCustody },
  ],
  exports: [DataKeys, KeyRotation, Vault],
})
export class VaultKeysModule {}

@Global()
@Module({
  imports: [VaultKeysModule],
  providers: [ColumnConversions, Conversions, RewrapDataKeys, SealedColumns, ServiceKeys],
  exports: [ColumnConversions, Conversions, SealedColumns, ServiceKeys, VaultKeysModule],
})
export class VaultModule {}
