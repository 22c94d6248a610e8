// Users' own keys of model providers: written, and read for calls of models only.
import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { serviceKey } from '../../platform/config/model-settings.js';
import { Vault, type VaultPlace } from '../../platform/vault/index.js';
import { ModelCallError } from '../models/model-call-error.js';
import { type ModelKeyRow, ModelKeysRepository } from './model-keys.repository.js';

/** A key is bound to its provider: moved to another one, it does not open. */
const placeOf = (provider: string): VaultPlace => ({
  table: 'model_key',
  row: provider,
  column: 'sealed',
});

/** All methods work in the scope of the user. */
@Injectable()
export class ModelKeysService {
  constructor(
    private readonly rows: ModelKeysRepository,
    private readonly vault: Vault,
    private readonly config: Config,
  ) {}

  /** Lists for which providers the user has keys. No answer shows a key. */
  list(): Promise<ModelKeyRow[]> {
    return this.rows.list();
  }

  /**
   * Stores a key in place of the one before. Call it outside of a transaction, as `Vault.seal`.
   * @throws ModelCallError `model.not_configured` for a provider that the operator has not named;
   * `model.refused` for a key that no request could carry
   * @throws AppError as `Vault.seal` does
   */
  async save(provider: string, key: string): Promise<ModelKeyRow> {
    if (!this.config.models.providers.has(provider))
      throw new ModelCallError('model.not_configured', 'There is no such model provider.');
    if (!serviceKey.safeParse(key).success)
      throw new ModelCallError(
        'model.refused',
        'The key must have 1 to 1024 printable ASCII characters without spaces.',
      );
    return this.rows.save(provider, await this.vault.seal(placeOf(provider), key));
  }

  /** @returns false when there was none */
  remove(provider: string): Promise<boolean> {
    return this.rows.remove(provider);
  }

  /**
   * Returns the key for `ModelCall.apiKey`. Null: the operator's key is used.
   * @throws AppError as `Vault.open` does
   */
  async find(provider: string): Promise<string | null> {
    const sealed = await this.rows.findSealed(provider);
    return sealed && this.vault.open(placeOf(provider), sealed);
  }
}
