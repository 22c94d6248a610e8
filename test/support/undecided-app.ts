// A small application with one route that says who may call it, one that does not, and one that goes past the interceptor.
import { Controller, Get, Global, Module } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { loadConfig } from '../../src/platform/config/config.js';
import { ConfigModule } from '../../src/platform/config/config.module.js';
import {
  AccessibleBy,
  AdmissionLog,
  ContextModule,
  CredentialVerifier,
  KEY_SCOPES,
  type Principal,
  UserScopeInterceptor,
} from '../../src/platform/context/index.js';
import {
  AccessStep,
  BodyStep,
  CredentialStep,
  Door,
  DoorModule,
  RouteStep,
} from '../../src/platform/door/index.js';
import { ProblemFilter } from '../../src/platform/errors/index.js';
import { RateLimitModule } from '../../src/platform/rate-limit/index.js';
import { RedisModule } from '../../src/platform/redis/index.js';
import { SigningKeys } from '../../src/platform/signing/index.js';
import { createHttpAdapter } from '../../src/platform/http/index.js';

@Controller('rooms')
class RoomsController {
  @Get('decided')
  @AccessibleBy('service')
  decided() {
    return { open: true };
  }

  @Get('undecided')
  undecided() {
    return { open: true };
  }
}

class TrustingVerifier extends CredentialVerifier {
  recall(): Principal {
    return {
      kind: 'service',
      userId: null,
      credentialId: 'any',
      readOnly: false,
      scopes: new Set(KEY_SCOPES),
    };
  }
  verify = () => this.recall();
}

const config = loadConfig({});
const STEPS = [RouteStep, CredentialStep, AccessStep, BodyStep];

/** What other modules offer. Without Redis, nothing is signed. */
@Global()
@Module({
  providers: [
    { provide: CredentialVerifier, useClass: TrustingVerifier },
    { provide: AdmissionLog, useValue: { refused: () => undefined } },
    { provide: SigningKeys, useValue: {} },
  ],
  exports: [CredentialVerifier, AdmissionLog, SigningKeys],
})
class VerifierModule {}

@Module({
  imports: [
    ConfigModule.forRoot(config),
    ContextModule,
    RedisModule,
    RateLimitModule,
    VerifierModule,
    DoorModule.forRoot(STEPS),
  ],
  controllers: [RoomsController],
  providers: [
    { provide: APP_INTERCEPTOR, useClass: UserScopeInterceptor },
    { provide: APP_FILTER, useClass: ProblemFilter },
  ],
})
class RoomsModule {}

export async function createUndecidedApp(): Promise<NestFastifyApplication> {
  const module = await Test.createTestingModule({ imports: [RoomsModule] }).compile();
  const app = module.createNestApplication<NestFastifyApplication>(createHttpAdapter(config, {}), {
    bodyParser: false,
    logger: false,
  });
  const instance = app.getHttpAdapter().getInstance();
  new Door(app, STEPS, { answers: {}, pages: {}, reference: {}, console: {} }).install(instance);
  instance.get('/back-door', () => ({ open: true }));
  await app.init();
  return app;
}
