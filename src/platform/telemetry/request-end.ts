// Tells when a request has ended: its answer was sent, or its client has left. Fastify's hook `onResponse`
// does not run when a client leaves, which is how most streams end.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Status of a request whose client has left before an answer began. No client ever gets it. */
const CLIENT_LEFT = 499;

/**
 * @param request its context is known by now
 * @param status of the answer, or 499
 */
export type RequestEnd = (request: FastifyRequest, reply: FastifyReply, status: number) => void;

const listeners = new WeakMap<FastifyInstance, RequestEnd[]>();

/** Calls back once for each request. Call it before the door is installed, which refuses requests. */
export function onRequestEnd(instance: FastifyInstance, listener: RequestEnd): void {
  const known = listeners.get(instance);
  if (known) return void known.push(listener);
  const all = [listener];
  listeners.set(instance, all);
  install(instance, all);
}

function install(instance: FastifyInstance, all: readonly RequestEnd[]): void {
  const ended = new WeakSet<FastifyRequest>();
  const end = (request: FastifyRequest, reply: FastifyReply, status: number): void => {
    if (ended.has(request)) return;
    ended.add(request);
    for (const listener of all) listener(request, reply, status);
  };
  instance.addHook('onRequest', (request, reply, done) => {
    const { raw } = reply;
    raw.once('close', () => end(request, reply, raw.headersSent ? raw.statusCode : CLIENT_LEFT));
    done();
  });
  instance.addHook('onResponse', (request, reply, done) => {
    end(request, reply, reply.statusCode);
    done();
  });
}
