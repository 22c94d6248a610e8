// Structured logs: one JSON line per message, with the request id, and without secrets or content
// of rows.
import type { LoggerService } from '@nestjs/common';
import { pino, type DestinationStream, type Logger } from 'pino';

/**
 * The safe part of an error for a log. A TypeORM error contains a statement's parameters, and a pg
 * error quotes rows.
 */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const driverError = (error as { driverError?: unknown }).driverError;
  const source = (driverError instanceof Error ? driverError : error) as Error &
    Record<string, unknown>;
  const { code, constraint, table, routine } = source;
  const message = code && routine ? undefined : redact(source.message);
  return { type: error.name, message, code, constraint, table, stack: redact(stackFrames(error)) };
}

const stackFrames = (error: Error): string =>
  (error.stack ?? '')
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .join('\n');

const SECRETS =
  /\btk[rm]?_[A-Za-z0-9_-]{8,}|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*|(?<=:\/\/[^:/\s]*:)[^@\s]+(?=@)|(?<=[Bb]earer )\S+/g;

/** Replaces keys, bearer tokens and passwords in URLs. */
export const redact = (text: string): string => text.replace(SECRETS, '[redacted]');

export function createLogger(level: string, destination?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
      // By default, pino would copy the unredacted message of `err`, and a pg error's message may
      // quote a row.
      errorKey: 'unserialized',
    },
    destination ?? (level === 'silent' ? NOWHERE : bufferedStderr()),
  );
}

/** For a logger that writes nothing, and so needs no buffer, nor a timer that empties it. */
const NOWHERE: DestinationStream = { write: () => undefined };

/** Buffered, because an unbuffered line per request would cost as much as the request. */
const bufferedStderr = (): DestinationStream =>
  pino.destination({ dest: 2, sync: false, minLength: 16_000, periodicFlush: 500 });

const FRAMEWORK = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/**
 * Nest logs why it cannot listen, and throws the same error, which the start explains in one line.
 */
const LISTEN_FAILURE = /^Error: (listen|getaddrinfo) E/;

/** Nest's logger on pino. A message may be a text, an error, or an object with `msg`. */
export class PinoLogger implements LoggerService {
  constructor(readonly pino: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    // The framework logs every module and route that it loads.
    this.write(FRAMEWORK.has(String(rest.at(-1))) ? 'debug' : 'info', message, rest);
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.write(LISTEN_FAILURE.test(String(message)) ? 'debug' : 'error', message, rest);
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }
  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  private write(
    level: 'info' | 'warn' | 'error' | 'fatal' | 'debug' | 'trace',
    message: unknown,
    rest: unknown[],
  ): void {
    const context = rest.filter((item): item is string => typeof item === 'string').at(-1);
    if (message instanceof Error) this.pino[level]({ context, err: message });
    else if (typeof message === 'object') this.pino[level]({ context, ...message });
    else
      this.pino[level](
        { context },
        redact(typeof message === 'string' ? message : JSON.stringify(message)),
      );
  }
}
