export type { QuotaName } from '../config/quota-settings.js';
export type { Amounts } from './quota-table.js';
export { QuotaErrors } from './quotas.errors.js';
export { QUOTA_NAMES } from './quota-table.js';
export { type Measure, Quotas, type Usage } from './quotas.js';
export { QuotasModule } from './quotas.module.js';
