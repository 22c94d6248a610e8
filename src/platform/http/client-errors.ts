// Answers input that is not HTTP. There is no request, and so no route and no filter.
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { uuidv7 } from 'uuidv7';
import { type AppError, problemDocument, problemLink, RequestErrors } from '../errors/index.js';

const byCode: Record<string, () => AppError> = {
  ERR_HTTP_REQUEST_TIMEOUT: () => RequestErrors.timeout(),
  HPE_HEADER_OVERFLOW: () => RequestErrors.headersTooLarge(),
};

/** The headers that the door adds to every other answer. */
const HEADERS = [
  'content-type: application/problem+json',
  `content-security-policy: default-src 'none';base-uri 'none';frame-ancestors 'none'`,
  'x-content-type-options: nosniff',
  'cache-control: no-store',
];

const answered = new WeakSet<Socket>();

/** Call it for a connection whose last answer is being sent: later input gets no answer. */
export const answerNoMore = (socket: Socket): void => void answered.add(socket);

export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (answered.has(socket)) return void socket.destroySoon();
  const known = byCode[error.code ?? '']?.() ?? RequestErrors.malformed();
  const { status } = known.definition;
  const body = JSON.stringify(problemDocument(known, { id: uuidv7(), url: '/' }));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...HEADERS,
    `link: ${problemLink(known.code)}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroy(error);
}
