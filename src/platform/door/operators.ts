// Recognises operators, who may read metrics and the details of health.
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

  /** Whether a token identifies operators. */
  get haveToken(): boolean {
    return this.token !== undefined;
  }

  /**
   * Identifies an operator by the token if one is set, else by the metrics port if one is set, else
   * by the loopback address.
   */
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
