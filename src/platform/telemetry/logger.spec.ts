import { describe, expect, it, jest } from '@jest/globals';
import { createLogger, describeError, PinoLogger, redact } from './logger.js';

function recorder(level = 'trace') {
  const lines: string[] = [];
  const logger = createLogger(level, { write: (line: string) => void lines.push(line) });
  return {
    logger,
    nest: new PinoLogger(logger),
    lines: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    text: () => lines.join(''),
  };
}

const SECRET = `tk_${'s'.repeat(43)}`;

describe('redaction', () => {
  it.each([
    [`key ${SECRET} was used`, 'key [redacted] was used'],
    ['postgres://ada:hunter2@db:5432/app', 'postgres://ada:[redacted]@db:5432/app'],
    ['redis://:hunter2@cache', 'redis://:[redacted]@cache'],
    ['Authorization: Bearer abc.def', 'Authorization: Bearer [redacted]'],
    ['authorization: bearer abc', 'authorization: bearer [redacted]'],
    [`two: ${SECRET}, ${SECRET}`, 'two: [redacted], [redacted]'],
  ])('takes the secret out of %s', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  it.each(['nothing here', 'http://127.0.0.1:3000/docs', 'postgres://db/app', 'task_1234567890'])(
    'leaves %s alone',
    (text) => {
      expect(redact(text)).toBe(text);
    },
  );
});

describe('an error in a log', () => {
  it('has its type, its message and its stack without secrets', () => {
    const error = new TypeError(`cannot use ${SECRET}`);
    const described = describeError(error);
    expect(described).toMatchObject({ type: 'TypeError', message: 'cannot use [redacted]' });
    expect(described['stack']).toMatch(/^ {4}at .*logger\.spec/);
  });

  it('of PostgreSQL has its code and no message, which may quote a row', () => {
    const driverError = Object.assign(new Error('duplicate key value (email)=(ada@example.org)'), {
      code: '23505',
      routine: '_bt_check_unique',
      constraint: 'app_user__email',
      table: 'app_user',
    });
    const error = Object.assign(new Error(driverError.message), {
      driverError,
      parameters: ['ada@example.org'],
      query: 'insert into …',
    });
    expect(describeError(error)).toMatchObject({
      code: '23505',
      constraint: 'app_user__email',
      table: 'app_user',
      message: undefined,
    });
    expect(JSON.stringify(describeError(error))).not.toContain('ada@');
  });

  it('without a stack, and what is no error, are told too', () => {
    const error = new Error('bare');
    delete error.stack;
    expect(describeError(error)).toMatchObject({ message: 'bare', stack: '' });
    expect(describeError('a text')).toEqual({ type: 'string' });
  });
});

describe('the logger', () => {
  it('writes one JSON line each, with level and time and nothing of the machine', () => {
    const { logger, lines } = recorder();
    logger.info({ requestId: 'r1' }, 'hello');
    expect(lines()).toEqual([
      { level: 'info', time: expect.stringMatching(/^\d{4}-.*Z$/), requestId: 'r1', msg: 'hello' },
    ]);
  });

  it('writes nothing below its level', () => {
    const { nest, lines } = recorder('warn');
    nest.log('no', 'Context');
    nest.debug('no');
    nest.warn('yes');
    expect(lines().map(({ msg }) => msg)).toEqual(['yes']);
  });

  it('describes an error that is logged as err', () => {
    const { logger, text } = recorder();
    logger.error({
      err: Object.assign(new Error('row (secret)'), { code: '23505', routine: 'x' }),
    });
    expect(text()).toContain('"code":"23505"');
    expect(text()).not.toContain('secret');
  });

  it('empties the buffer of standard error from time to time, and has none when it is silent', () => {
    const timers = jest.spyOn(globalThis, 'setInterval');
    expect(createLogger('silent').level).toBe('silent');
    expect(timers).not.toHaveBeenCalled();
    expect(createLogger('fatal').level).toBe('fatal');
    expect(timers).toHaveBeenCalledTimes(1);
    for (const { value } of timers.mock.results) clearInterval(value as NodeJS.Timeout);
    timers.mockRestore();
  });
});

describe("Nest's logger", () => {
  it('logs each method at the matching level of pino', () => {
    const { nest, lines } = recorder();
    nest.log('m', 'C');
    nest.warn('m', 'C');
    nest.error('m', 'stack', 'C');
    nest.fatal('m', 'C');
    nest.debug('m', 'C');
    nest.verbose('m', 'C');
    expect(lines().map(({ level }) => level)).toEqual([
      'info',
      'warn',
      'error',
      'fatal',
      'debug',
      'trace',
    ]);
    expect(new Set(lines().map(({ context }) => context))).toEqual(new Set(['C']));
  });

  it('keeps what the framework says at start for debugging', () => {
    const { nest, lines } = recorder();
    nest.log('UsersModule dependencies initialized', 'InstanceLoader');
    nest.log('no context');
    expect(lines().map(({ level }) => level)).toEqual(['debug', 'info']);
  });

  it('takes texts, errors and objects', () => {
    const { nest, lines } = recorder();
    nest.log(`key ${SECRET}`, 'C');
    nest.error(new Error('broken'), 'C');
    nest.warn({ msg: 'told', reason: 'r' }, 'C');
    nest.log(42);
    nest.log(null);
    expect(lines()).toMatchObject([
      { msg: 'key [redacted]' },
      { context: 'C', err: { type: 'Error', message: 'broken' } },
      { msg: 'told', reason: 'r' },
      { msg: '42' },
      {},
    ]);
  });
});
