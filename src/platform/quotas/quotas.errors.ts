import { defineErrors } from '../errors/index.js';

export const QuotaErrors = defineErrors('quota', {
  reached: { status: 507, title: 'This user keeps as much as one user may', isRefusal: true },
});
