// Tells whoever runs the service from everybody else, for metrics and the details of health.
import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Config } from '../config/config.js';
import { isLoopback } from './host.step.js';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

@Injectable()
export class Operators {
  private readonly token: Buffer | undefined;
  private readonly port: number | undefined;

  constructor({ door: { metricsToken, metricsPort } }: Config) {
    this.token = metricsToken === undefined ? undefined : digest(metricsToken);
    this.port = metricsPort;
  }

  /** Whether operators are told by a token. */
  get haveToken(): boolean {
    return this.token !== undefined;
  }

  /** By the token where there is one, else by the port where there is one, else by being on this machine. */
  include(request: FastifyRequest): boolean {
    if (this.token) return this.showsToken(request.headers.authorization);
    const { socket } = request.raw;
    if (this.port !== undefined) return socket.localPort === this.port;
    const { 'x-forwarded-for': forwardedFor, forwarded } = request.headers;
    return (
      forwardedFor === undefined &&
      forwarded === undefined &&
      isLoopback(socket.remoteAddress ?? '')
    );
  }

  private showsToken(header: string | undefined): boolean {
    const shown = /^bearer (\S+)$/i.exec(header ?? '')?.[1];
    return shown !== undefined && timingSafeEqual(digest(shown), this.token!);
  }
}
