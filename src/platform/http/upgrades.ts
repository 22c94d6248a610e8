// Requests to open a WebSocket. Each goes the way of every request, so that a refusal is an ordinary
// answer. The handler of an admitted one takes the connection over.
import { IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';

/** The only path with a WebSocket. */
export const SOCKET_PATH = '/v1/stream';
export const SUBPROTOCOL = 'threadkeep';
/** Begins a sub-protocol that carries the key: a page cannot send `Authorization`. */
const KEY_PREFIX = `${SUBPROTOCOL}.key.`;

/** A connection that has left HTTP, and what it sent behind its request. */
export interface Upgraded {
  socket: Duplex;
  head: Buffer;
}

const upgraded = new WeakMap<IncomingMessage, Upgraded>();

/**
 * When a server takes upgrades, Node takes every request with `Upgrade` for one, and reads no body
 * of it. Some clients send `Upgrade: h2c` with each request. Here only a WebSocket is one.
 */
export class UpgradableRequest extends IncomingMessage {
  private isAnnounced = false;

  get upgrade(): boolean {
    return this.isAnnounced && (this.method === 'CONNECT' || isForSocket(this));
  }

  /** Called by Node. */
  set upgrade(isAnnounced: unknown) {
    this.isAnnounced = isAnnounced === true;
  }
}

const isForSocket = ({ method, url, headers }: IncomingMessage): boolean =>
  method === 'GET' &&
  url?.split('?', 1)[0] === SOCKET_PATH &&
  headers.upgrade?.toLowerCase() === 'websocket';

/** Takes upgrades through the hooks and routes of Fastify. */
export function routeUpgrades(instance: FastifyInstance): void {
  const server: Server = instance.server;
  server.on('upgrade', (request: IncomingMessage, socket, head) => {
    // Node listens no more. A close follows each error.
    socket.on('error', () => undefined);
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.once('finish', () => request.socket.destroySoon());
    try {
      response.assignSocket(request.socket);
    } catch {
      // An answer to an earlier request is still being sent.
      return void request.socket.destroy();
    }
    readSubprotocols(request);
    upgraded.set(request, { socket, head });
    instance.routing(request, response);
  });
}

/** Takes the connection of a request, once. Undefined for a request that is no upgrade. */
export function takeUpgrade(request: IncomingMessage, response: ServerResponse) {
  const taken = upgraded.get(request);
  if (taken) response.detachSocket(request.socket);
  upgraded.delete(request);
  return taken;
}

/** Moves the key to where keys are read. Only our own protocol can be chosen. */
function readSubprotocols({ headers }: IncomingMessage): void {
  const offered = headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
  const key = offered.find((name) => name.startsWith(KEY_PREFIX))?.slice(KEY_PREFIX.length);
  if (key !== undefined) headers.authorization ??= `Bearer ${key}`;
  if (offered.includes(SUBPROTOCOL)) headers['sec-websocket-protocol'] = SUBPROTOCOL;
  else delete headers['sec-websocket-protocol'];
}
