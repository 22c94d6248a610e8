// Fair shares of what all users need.
export { FairSemaphore, type FairSemaphoreLimits } from './fair-semaphore.js';
export { atOnce, otherRequests, Slices } from './slices.js';
