import { describe, expect, it } from '@jest/globals';
import { nodeProblem, VERSION } from './release.js';

const RANGE = '>=20.19 <21 || >=22.13 <23 || >=24.11';

describe('the release', () => {
  it('has the version of package.json', () => {
    expect(VERSION).toMatch(/^\d+\.\d+\.\d+/);
  });

  it.each(['v20.19.0', 'v20.20.2', 'v22.13.0', 'v22.20.1', 'v24.11.0', 'v25.0.0', 'v26.1.0'])(
    'runs on Node %s',
    (version) => {
      expect(nodeProblem(version, RANGE)).toBeNull();
    },
  );

  it.each(['v18.20.4', 'v20.18.3', 'v21.7.3', 'v22.12.0', 'v23.5.0', 'v24.10.0'])(
    'says what it needs on Node %s',
    (version) => {
      expect(nodeProblem(version, RANGE)).toBe(
        `Threadkeep ${VERSION} needs Node ${RANGE}, and this is ${version}. Install a newer one, such as the current LTS release.`,
      );
    },
  );
});
