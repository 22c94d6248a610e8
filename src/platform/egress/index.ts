export { Egress, type EgressLimits } from './egress.js';
export { EgressError, type EgressReason } from './egress-error.js';
export { EgressModule } from './egress.module.js';
export { EgressRules } from './egress-rules.js';
