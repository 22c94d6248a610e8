// Ends, with each test file, what its modules began in Node itself: it would keep all of them in memory, and make each later
// file of the process slower.
import { AsyncLocalStorage } from 'node:async_hooks';
import { PerformanceObserver } from 'node:perf_hooks';
import { TestEnvironment } from 'jest-environment-node';

/** What the running file's modules began in Node itself, each with how it is ended. */
const begun = new Map();

// Node 20 calls every storage ever used for each promise. Later versions do not, and have no such method.
const enable = AsyncLocalStorage.prototype._enable;
if (enable)
  AsyncLocalStorage.prototype._enable = function () {
    if (!this.enabled) begun.set(this, () => this.disable());
    return enable.call(this);
  };

const { observe } = PerformanceObserver.prototype;
PerformanceObserver.prototype.observe = function (options) {
  begun.set(this, () => this.disconnect());
  return observe.call(this, options);
};

export default class extends TestEnvironment {
  async teardown() {
    await super.teardown();
    for (const end of begun.values()) end();
    begun.clear();
  }
}
