// Pins how Nest runs interceptors: an update that changes InterceptorsConsumer fails here.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  Controller,
  Get,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { map, of } from 'rxjs';
import { DirectInterceptor, runDirectly } from './direct-interceptor.js';

const seen: string[] = [];
let isRefusing = false;

class Direct extends DirectInterceptor {
  constructor(private readonly name: string) {
    super();
  }
  override enter() {
    seen.push(`enter ${this.name}`);
  }
  override leave(result: unknown) {
    return `${String(result)} ${this.name}`;
  }
}

@Injectable()
class Refusing extends DirectInterceptor {
  override enter(): void {
    if (isRefusing) throw new Error('refused');
  }
}

@Injectable()
class Chained implements NestInterceptor {
  intercept(_: unknown, next: CallHandler) {
    seen.push('enter chained');
    return next.handle().pipe(map((result) => `${String(result)} chained`));
  }
}

@Controller()
class RoomsController {
  @Get('plain')
  plain() {
    seen.push('handler');
    return 'plain';
  }

  @Get('chained')
  @UseInterceptors(Chained)
  chained() {
    seen.push('handler');
    return 'chain';
  }

  @Get('observable')
  observable() {
    return of('one');
  }
}

describe.each([
  ["in Nest's own chain, as long as nothing else was asked for,", false],
  ['directly', true],
])('interceptors that run %s', (_, direct) => {
  let app: NestFastifyApplication;

  beforeAll(async () => {
    if (direct) runDirectly();
    const module = await Test.createTestingModule({
      controllers: [RoomsController],
      providers: [
        { provide: APP_INTERCEPTOR, useValue: new Direct('first') },
        { provide: APP_INTERCEPTOR, useValue: new Direct('second') },
        { provide: APP_INTERCEPTOR, useClass: Refusing },
      ],
    }).compile();
    app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), {
      logger: false,
    });
    await app.init();
  });
  afterAll(() => app.close());

  async function call(path: string) {
    seen.length = 0;
    const { body, statusCode } = await app.inject({ url: path });
    return { body, statusCode, seen: [...seen] };
  }

  it('enter in their order before the handler, and leave in the opposite order', async () => {
    await expect(call('/plain')).resolves.toEqual({
      body: 'plain second first',
      statusCode: 200,
      seen: ['enter first', 'enter second', 'handler'],
    });
  });

  it('surround the interceptors of a route', async () => {
    await expect(call('/chained')).resolves.toEqual({
      body: 'chain chained second first',
      statusCode: 200,
      seen: ['enter first', 'enter second', 'enter chained', 'handler'],
    });
  });

  it('may refuse a request before its handler runs', async () => {
    isRefusing = true;
    const answer = await call('/plain').finally(() => (isRefusing = false));
    expect(answer).toMatchObject({ statusCode: 500, seen: ['enter first', 'enter second'] });
  });

  it('answer what an Observable emits', async () => {
    await expect(call('/observable')).resolves.toMatchObject({ body: 'one second first' });
  });
});
