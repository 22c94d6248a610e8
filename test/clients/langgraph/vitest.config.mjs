// The published tests ask for globals, and for as much time as a loaded machine needs.
export default {
  test: { globals: true, include: ['validation.mjs'], testTimeout: 60_000, hookTimeout: 60_000 },
};
