// A small application with one route that says who may call it, one that does not, and one that goes past the guard.
import { Controller, Get, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { loadConfig } from '../../src/platform/config/config.js';
import { AccessGuard, AccessibleBy, ContextModule, CredentialVerifier, KEY_SCOPES, type Principal, RequestContexts } from '../../src/platform/context/index.js';
import { ProblemFilter } from '../../src/platform/errors/index.js';
import { createHttpAdapter, installRequestPipeline } from '../../src/platform/http/index.js';

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
  verify(): Principal {
    return { kind: 'service', userId: null, credentialId: 'any', readOnly: false, scopes: new Set(KEY_SCOPES) };
  }
}

@Module({
  imports: [ContextModule],
  controllers: [RoomsController],
  providers: [
    { provide: CredentialVerifier, useClass: TrustingVerifier },
    { provide: APP_GUARD, useClass: AccessGuard },
    { provide: APP_FILTER, useClass: ProblemFilter },
  ],
})
class RoomsModule {}

export async function createUndecidedApp(): Promise<NestFastifyApplication> {
  const module = await Test.createTestingModule({ imports: [RoomsModule] }).compile();
  const app = module.createNestApplication<NestFastifyApplication>(createHttpAdapter(loadConfig({})), { bodyParser: false, logger: false });
  const instance = app.getHttpAdapter().getInstance();
  installRequestPipeline(instance, app.get(RequestContexts));
  instance.get('/back-door', () => ({ open: true }));
  await app.init();
  return app;
}
