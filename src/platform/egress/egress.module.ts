// Outgoing requests to targets that users name.
import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { Egress } from './egress.js';
import { EgressRules } from './egress-rules.js';

@Module({
  providers: [
    EgressRules,
    {
      provide: Egress,
      useFactory: (rules: EgressRules) => new Egress(rules),
      inject: [EgressRules],
    },
  ],
  exports: [EgressRules, Egress],
})
export class EgressModule implements OnApplicationShutdown {
  constructor(private readonly egress: Egress) {}

  onApplicationShutdown(): Promise<void> {
    return this.egress.close();
  }
}
