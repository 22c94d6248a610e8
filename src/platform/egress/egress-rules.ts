import { isIP } from 'node:net';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { EgressError } from './egress-error.js';
import { isInRange, isPublicAddress } from './public-address.js';
import { hostOf, isPublicName, isRefusedPort, plainUrl, portOf } from './public-url.js';

/**
 * Decides which targets the service may connect to for its users: public hosts over https, and what
 * the operator allows.
 */
@Injectable()
export class EgressRules {
  private readonly allow: Config['egressAllow'];

  constructor(config: Config) {
    this.allow = config.egressAllow;
  }

  /**
   * Call it when a URL is saved, and again when it is used. It looks no name up, so a URL that
   * passes may still lead inside: connect with `Egress` only. Save the `href` of the result, not
   * the text.
   * @throws EgressError
   */
  checkUrl(text: string): URL {
    const url = plainUrl(text);
    const host = hostOf(url);
    const port = portOf(url);
    if (!this.vouchesFor(host, port)) {
      if (isIP(host) ? !isPublicAddress(host) : !isPublicName(host))
        throw new EgressError(isIP(host) ? 'address' : 'host');
      if (url.protocol !== 'https:') throw new EgressError('scheme');
    }
    if (isRefusedPort(port) && !this.names(host, port)) throw new EgressError('port');
    return url;
  }

  /**
   * Checks every address of a host, because any of them may be used.
   * @throws EgressError when there is none, or one is neither public nor allowed
   */
  checkAddresses(host: string, port: number, addresses: string[]): void {
    if (addresses.length === 0) throw new EgressError('unresolved');
    if (this.vouchesFor(host, port)) return;
    if (!addresses.every((address) => isPublicAddress(address) || this.isInAllowedRange(address)))
      throw new EgressError('address');
  }

  private vouchesFor(host: string, port: number): boolean {
    return this.names(host, null) || this.names(host, port) || this.isInAllowedRange(host);
  }

  private names(host: string, port: number | null): boolean {
    return this.allow.hosts.some((allowed) => allowed.host === host && allowed.port === port);
  }

  private isInAllowedRange(address: string): boolean {
    return this.allow.ranges.some((range) => isInRange(address, range));
  }
}
