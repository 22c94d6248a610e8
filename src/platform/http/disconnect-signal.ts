// Lets a handler stop its work when the client has left.
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

/** A parameter: an AbortSignal that aborts when the connection closes, also after the answer. */
export const DisconnectSignal = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const controller = new AbortController();
  const reply = context.switchToHttp().getResponse<FastifyReply>();
  reply.raw.once('close', () => controller.abort(new Error('the client has left')));
  return controller.signal;
});
