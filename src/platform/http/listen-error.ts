// Explains in one line why a port cannot be opened, and what to do.

/**
 * The port cannot be opened. The start prints the message, which says what to do, without a stack.
 */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

export interface ListenTarget {
  /** The setting that names the port. */
  variable: 'PORT' | 'METRICS_PORT';
  port: number;
  host: string;
}

const MESSAGES: Record<string, (target: ListenTarget) => string> = {
  EADDRINUSE: ({ variable, port, host }) =>
    `Port ${port} on ${host} is in use. Stop the program that listens there, or set ${variable} to another port.`,
  EACCES: ({ variable, port, host }) =>
    `Port ${port} on ${host} cannot be opened: this user may not listen there. Set ${variable} to a port from 1024 to 65535.`,
  EADDRNOTAVAIL: ({ host }) => noSuchHost(host),
  ENOTFOUND: ({ host }) => noSuchHost(host),
  EAI_AGAIN: ({ host }) => noSuchHost(host),
};

const noSuchHost = (host: string): string =>
  `HOST is ${host}, which is no address of this machine. Set it to 127.0.0.1 for clients on this machine, or to 0.0.0.0 for all.`;

/** Explains errors that an operator can fix. @returns an error with another code unchanged */
export function explainListen(error: unknown, target: ListenTarget): unknown {
  const message = MESSAGES[(error as NodeJS.ErrnoException).code ?? ''];
  return message ? new ListenError(message(target), { cause: error }) : error;
}
