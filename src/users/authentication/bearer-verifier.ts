// Verifies a bearer token: an API key, or a JSON Web Token of this service or of an outside issuer.
import { Injectable } from '@nestjs/common';
import { CredentialVerifier, type Principal } from '../../platform/context/index.js';
import { ApiKeyVerifier } from './api-key-verifier.js';
import { TokenVerifier } from './token-verifier.js';

/** API keys begin with this. */
const KEY_PREFIX = 'tk_';

/** To accept other credentials, add a branch to `verifierOf`. */
@Injectable()
export class BearerVerifier extends CredentialVerifier {
  constructor(
    private readonly keys: ApiKeyVerifier,
    private readonly tokens: TokenVerifier,
  ) {
    super();
  }

  recall(token: string): Principal | null | undefined {
    return this.verifierOf(token).recall(token);
  }

  verify(token: string): Principal | null | Promise<Principal | null> {
    return this.verifierOf(token).verify(token);
  }

  /** The uses of tokens are not recorded. */
  override used(principal: Principal, address: string): void {
    if (principal.credentialId !== principal.userId) this.keys.used(principal, address);
  }

  private verifierOf(token: string): CredentialVerifier {
    return token.startsWith(KEY_PREFIX) ? this.keys : this.tokens;
  }
}
