// Traces of requests, jobs and model calls.
import { Global, Module } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { Tracing } from './tracing.js';

@Global()
@Module({
  providers: [
    {
      provide: Tracing,
      inject: [Config],
      useFactory: ({ tracing }: Config) => Tracing.load(tracing),
    },
  ],
  exports: [Tracing],
})
export class TracingModule {}
