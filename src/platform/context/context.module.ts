// The request context and the two global steps that fill it: the access guard and the user-scope guard.
import { Global, Module } from '@nestjs/common';
import { RequestContexts } from './request-context.js';

@Global()
@Module({ providers: [RequestContexts], exports: [RequestContexts] })
export class ContextModule {}
