// The request context, which the door fills.
import { Global, Module } from '@nestjs/common';
import { RequestContexts } from './request-context.js';

@Global()
@Module({ providers: [RequestContexts], exports: [RequestContexts] })
export class ContextModule {}
