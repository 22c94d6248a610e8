// Writes what handlers return to the reply: status, ETag and 304, Link, Location.
import { type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Answer, writeAnswer } from './answer.js';
import { DirectInterceptor } from '../interceptors/index.js';

@Injectable()
export class ResponseInterceptor extends DirectInterceptor {
  override leave(result: unknown, context: ExecutionContext): unknown {
    if (!(result instanceof Answer)) return result;
    const http = context.switchToHttp();
    return writeAnswer(result, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }
}
