import type { Proof } from '../../src/platform/context/index.js';

/** A proof that holds for ever. */
export const standingProof: Proof = {
  epoch: { slot: 1, number: 1 },
  holds: () => Promise.resolve(true),
  renew: () => Promise.resolve(standingProof),
};
