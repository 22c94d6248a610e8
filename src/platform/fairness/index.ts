// Shares of what all users need, so that one user cannot take it from the others.
export { FairSemaphore, type FairSemaphoreLimits } from './fair-semaphore.js';
export { atOnce, otherRequests, Slices } from './slices.js';
