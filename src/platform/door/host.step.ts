// Answers only to its own host names. By DNS rebinding, a page can give its own name this machine's
// address, but it cannot change the Host header.
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Config } from '../config/config.js';
import { RequestErrors } from '../errors/index.js';
import type { DoorStep } from './door-step.js';

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

export const isLoopback = (host: string): boolean =>
  /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\]|::ffff:127(\.\d{1,3}){3})$/i.test(host);

const PORT = /:\d{0,5}$/;

@Injectable()
export class HostStep implements DoorStep {
  /** Null accepts every name. */
  private readonly names: ReadonlySet<string> | null;

  constructor({ host, door: { allowedHosts } }: Config) {
    const own = isLoopback(host) ? [...LOOPBACK_NAMES, host] : [];
    const names = [...own, ...allowedHosts];
    this.names = names.length > 0 ? new Set(names.map((name) => name.toLowerCase())) : null;
  }

  enter(request: FastifyRequest): void {
    const { host } = request.headers;
    // Only HTTP/1.0 requests have no Host, and no browser sends those.
    if (this.names === null || host === undefined || this.names.has(hostName(host))) return;
    throw RequestErrors.misdirected({
      detail: 'Name this host in ALLOWED_HOSTS to have requests for it served.',
    });
  }
}

/** The name in lower case, without the port and a final dot. What is no port belongs to the name. */
function hostName(host: string): string {
  const name = host.replace(PORT, '').toLowerCase();
  return name.endsWith('.') ? name.slice(0, -1) : name;
}
