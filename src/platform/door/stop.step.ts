// Answers 503 to requests that arrive while the port closes, instead of cutting their connections.
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ServerErrors } from '../errors/index.js';
import { Connections } from './connections.js';
import type { DoorStep } from './door-step.js';

const RETRY_AFTER_SECONDS = 1;

@Injectable()
export class StopStep implements DoorStep {
  constructor(private readonly connections: Connections) {}

  enter(_request: FastifyRequest, reply: FastifyReply): void | Promise<void> {
    const { stopped } = this.connections;
    if (stopped) return stopped.then(() => refuse(reply));
  }
}

function refuse(reply: FastifyReply): never {
  void reply.header('connection', 'close');
  throw ServerErrors.unavailable({
    detail: 'This process is stopping.',
    retryAfter: RETRY_AFTER_SECONDS,
  });
}
