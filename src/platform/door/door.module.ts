// The door: the admission pipeline that a request passes before its body is read. app.module.ts
// lists the steps in order.
import { type DynamicModule, Global, Module, type Type } from '@nestjs/common';
import { BodyUserStep } from './body-user.step.js';
import { BodyReader } from './body-reader.js';
import { Connections } from './connections.js';
import type { DoorStep } from './door-step.js';
import { MetricsPort } from './metrics-port.js';
import { Operators } from './operators.js';
import { UserScopeStep } from './user-scope.step.js';

@Global()
@Module({
  providers: [BodyReader, Connections, MetricsPort, Operators],
  exports: [BodyReader, Connections, Operators],
})
export class DoorModule {
  static forRoot(steps: readonly Type<DoorStep>[]): DynamicModule {
    const afterBody = steps.includes(UserScopeStep) ? [BodyUserStep] : [];
    return { module: DoorModule, providers: [...steps, ...afterBody], exports: [...steps] };
  }
}
