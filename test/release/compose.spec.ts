// What docker compose is told: valid by the schema of the Compose Specification, and safe to start and to leave running.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Ajv, type AnySchemaObject } from 'ajv';
import addFormats from 'ajv-formats';
import { load } from 'js-yaml';
import { environmentSchema } from '../../src/platform/config/environment-schema.js';
import { PROJECT } from '../support/npm.js';

interface Service {
  image: string;
  build?: string;
  restart?: string;
  command?: string[];
  environment?: Record<string, string>;
  healthcheck?: { test?: string[]; disable?: boolean };
  depends_on?: Record<string, { condition: string }>;
}
interface Compose {
  services: Record<string, Service>;
}

const read = (name: string): string => readFileSync(join(PROJECT, name), 'utf8');
const compose = load(read('docker-compose.yml')) as Compose;
const { postgres, pgbouncer, redis, migrate, threadkeep } = compose.services as Record<
  'postgres' | 'pgbouncer' | 'redis' | 'migrate' | 'threadkeep',
  Service
>;

function problemsOf(document: unknown): unknown[] {
  const schema = JSON.parse(
    read('test/fixtures/compose-spec/compose-spec.json'),
  ) as AnySchemaObject;
  // Ajv knows this draft by its http:// name, and takes it when none is named.
  delete schema.$schema;
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addFormat('duration', /^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/);
  const validate = ajv.compile(schema);
  if (validate(document) === true) return [];
  return validate.errors ?? [];
}

describe('docker-compose.yml', () => {
  it('is valid by the JSON schema of the Compose Specification', () => {
    expect(problemsOf(compose)).toEqual([]);
  });

  it('would be found invalid with a misspelt key, or with a value of the wrong type', () => {
    const changed = (change: object) =>
      problemsOf({ services: { ...compose.services, postgres: { ...postgres, ...change } } });
    expect(changed({ restarts: 'always' })).not.toEqual([]);
    expect(changed({ healthcheck: { test: 7 } })).not.toEqual([]);
  });

  it('builds the image in one service, and runs it in another', () => {
    const building = Object.entries(compose.services).filter(([, { build }]) => build);
    expect(building.map(([name]) => name)).toEqual(['migrate']);
    expect(threadkeep.image).toBe(migrate.image);
    expect(threadkeep.depends_on!['migrate']).toEqual({
      condition: 'service_completed_successfully',
    });
  });

  it('starts every service again that ends by itself, but the migrations', () => {
    const policies = Object.entries(compose.services).map(([name, { restart }]) => [name, restart]);
    expect(Object.fromEntries(policies)).toEqual({
      postgres: 'unless-stopped',
      pgbouncer: 'unless-stopped',
      redis: 'unless-stopped',
      migrate: 'no',
      threadkeep: 'unless-stopped',
    });
  });

  it('waits for nothing that says nothing of its health', () => {
    for (const { depends_on: needed = {} } of Object.values(compose.services))
      for (const [name, { condition }] of Object.entries(needed))
        if (condition === 'service_healthy')
          expect([name, compose.services[name]!.healthcheck?.test]).toEqual([
            name,
            expect.anything(),
          ]);
  });

  it('asks the database for its health over TCP, where the server of its set-up does not answer', () => {
    for (const { healthcheck } of [postgres, pgbouncer])
      expect(healthcheck!.test!.join(' ')).toMatch(/pg_isready -h 127\.0\.0\.1 -p \d+/);
  });

  it('gives the service nothing but settings that it knows, and the keys of the vault', () => {
    const known = Object.keys(environmentSchema.shape);
    for (const { environment } of [migrate, threadkeep])
      expect(Object.keys(environment!).filter((name) => !known.includes(name))).toEqual([]);
    expect(threadkeep.environment!['VAULT_KEYS']).toBe('${VAULT_KEYS:-}');
  });

  it('runs a Redis that never evicts a job, which does not expire', () => {
    const { command = [] } = redis;
    expect(command[command.indexOf('--maxmemory-policy') + 1]).toBe('volatile-lru');
    expect(command).toContain('--maxmemory');
  });
});

describe('the workflow of CI', () => {
  const workflow = load(read('.github/workflows/ci.yml')) as {
    jobs: {
      test: { strategy: { matrix: { node: string[] } }; steps: { run?: string }[] };
    };
  };

  it('runs .ci/run on the oldest Node of each range that package.json admits', () => {
    const { steps, strategy } = workflow.jobs.test;
    expect(steps.flatMap(({ run }) => run ?? [])).toEqual(['.ci/run']);
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    expect(strategy.matrix.node).toEqual(
      [...engines.node.matchAll(/>=(\d+\.\d+)/g)].map(([, version]) => version),
    );
  });
});
