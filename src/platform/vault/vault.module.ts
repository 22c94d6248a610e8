// Secrets at rest: envelope encryption with a data key for each user.
import { Global, Module } from '@nestjs/common';
import { DataKeys } from './data-keys.js';
import { DataKeysRepository } from './data-keys.repository.js';
import { KeyCustody } from './key-custody.js';
import { KeyRotation } from './key-rotation.js';
import { LocalKeyCustody } from './local-key-custody.js';
import { RewrapDataKeys } from './rewrap.job.js';
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
  exports: [KeyRotation, Vault],
})
export class VaultKeysModule {}

@Global()
@Module({ imports: [VaultKeysModule], providers: [RewrapDataKeys], exports: [VaultKeysModule] })
export class VaultModule {}
