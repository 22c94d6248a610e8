import { defineErrors, mapConstraint } from '../errors/index.js';

/** What the operator does about `vault.not_configured`. */
export const SET_A_KEY = 'The operator must set VAULT_KEYS or VAULT_KEYS_FILE.';

export const VaultErrors = defineErrors('vault', {
  notConfigured: { status: 503, title: 'The service has no key to encrypt secrets' },
  keyMissing: { status: 503, title: 'The service lacks the key that encrypted this secret' },
  unreadable: { status: 409, title: 'This secret cannot be read' },
  ownerNotFound: { status: 404, title: 'No such user' },
});

mapConstraint('data_key__user_fk', () => VaultErrors.ownerNotFound());
