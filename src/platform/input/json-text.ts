// Answers that are JSON text already.
import type { FastifyReply } from 'fastify';

/** Sends it as it is: read and written again it might be other bytes, and would take longer. */
export function asJson(text: string, reply: FastifyReply): string {
  void reply.header('content-type', 'application/json; charset=utf-8');
  return text;
}
