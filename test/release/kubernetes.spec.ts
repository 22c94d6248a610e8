// What a cluster is told: valid by the types that are generated from the OpenAPI document of Kubernetes, whole, and safe.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { Job } from 'kubernetes-types/batch/v1.js';
import type { PodSpec, Service } from 'kubernetes-types/core/v1.js';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1.js';
import ts from 'typescript';
import { environmentSchema } from '../../src/platform/config/environment-schema.js';
import { PROJECT } from '../support/npm.js';

const FOLDER = 'deploy/kubernetes';
const read = (path: string): string => readFileSync(join(PROJECT, FOLDER, path), 'utf8');
const job = load(read('migrate/job.yaml')) as Job;
const deployment = load(read('serve/deployment.yaml')) as Deployment;
const service = load(read('serve/service.yaml')) as Service;
const budget = load(read('serve/disruption-budget.yaml')) as PodDisruptionBudget;
const pods: PodSpec[] = [job, deployment].map(({ spec }) => spec!.template.spec!);
const labels = deployment.spec!.template.metadata!.labels!;

const TYPES: [string, string, unknown][] = [
  ['batch/v1', 'Job', job],
  ['apps/v1', 'Deployment', deployment],
  ['core/v1', 'Service', service],
  ['policy/v1', 'PodDisruptionBudget', budget],
];

/** Tells what the compiler says of a manifest as a literal of its type: it knows each field. */
function problemsOf(module: string, type: string, manifest: unknown): string[] {
  const name = join(PROJECT, 'test/release/manifest.ts');
  const text = `import type { ${type} } from 'kubernetes-types/${module}.js';
    const manifest: ${type} = ${JSON.stringify(manifest)};
    export default manifest;`;
  const options = {
    strict: true,
    noEmit: true,
    types: [],
    lib: ['lib.es2023.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  };
  const files = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...files,
    fileExists: (path) => path === name || files.fileExists(path),
    getSourceFile: (path, version) =>
      path === name ? ts.createSourceFile(path, text, version) : files.getSourceFile(path, version),
  };
  const program = ts.createProgram([name], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

describe('the manifests', () => {
  it.each(TYPES)(
    'of %s %s have the fields and types that Kubernetes knows',
    (module, type, manifest) => {
      expect(problemsOf(module, type, manifest)).toEqual([]);
    },
  );

  it('would be found wrong with a misspelt field, or with a value of another type', () => {
    const changed = (change: object) =>
      problemsOf('apps/v1', 'Deployment', {
        ...deployment,
        spec: { ...deployment.spec, ...change },
      });
    expect(changed({ replica: 2 })).toEqual([expect.stringContaining('"replica"')]);
    expect(changed({ replicas: 'two' })).toEqual([expect.stringContaining('number')]);
  });

  it.each(['migrate', 'serve'])('of %s are all in its kustomization', (folder) => {
    const { resources, secretGenerator } = load(read(`${folder}/kustomization.yaml`)) as {
      resources: string[];
      secretGenerator: { name: string; envs: string[] }[];
    };
    const files = readdirSync(join(PROJECT, FOLDER, folder)).filter((file) =>
      file.endsWith('.yaml'),
    );
    expect(['kustomization.yaml', ...resources].toSorted()).toEqual(files.toSorted());
    const pod = folder === 'migrate' ? pods[0]! : pods[1]!;
    const [{ envFrom }] = pod.containers as [PodSpec['containers'][0]];
    expect(secretGenerator).toEqual([
      { name: envFrom![0]!.secretRef!.name, envs: ['secrets.env'] },
    ]);
  });

  it('select the pods that serve, and no others', () => {
    expect(deployment.spec!.selector.matchLabels).toEqual(labels);
    expect(service.spec!.selector).toEqual(labels);
    expect(budget.spec!.selector!.matchLabels).toEqual(labels);
    expect(job.spec!.template.metadata!.labels).not.toEqual(labels);
  });

  it('give settings that the service knows, and the owner of the database to the migration alone', () => {
    const known = Object.keys(environmentSchema.shape);
    const settings = ['migrate', 'serve'].map((folder) =>
      [...read(`${folder}/secrets.env.example`).matchAll(/^(\w+)=/gm)].map(([, name]) => name!),
    );
    const plain = pods[1]!.containers[0]!.env!.map(({ name }) => name);
    expect([...settings.flat(), ...plain].filter((name) => !known.includes(name))).toEqual([]);
    expect(settings.map((names) => names.includes('DATABASE_ADMIN_URL'))).toEqual([true, false]);
  });

  it('run as nobody in particular, who can write nothing but what is thrown away', () => {
    for (const { securityContext, automountServiceAccountToken, containers } of pods) {
      expect(securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
      expect(automountServiceAccountToken).toBe(false);
      for (const { securityContext: own } of containers)
        expect(own).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
    }
  });

  it('let a process end its requests before it is killed', () => {
    const [{ env }] = pods[1]!.containers as [PodSpec['containers'][0]];
    const seconds = (name: string) => Number(env!.find((one) => one.name === name)!.value);
    expect(pods[1]!.terminationGracePeriodSeconds).toBeGreaterThan(
      seconds('SHUTDOWN_DELAY') + seconds('SHUTDOWN_TIMEOUT'),
    );
    const { readinessProbe } = pods[1]!.containers[0]!;
    // It is not ready, and told so, before it stops listening.
    expect(readinessProbe!.periodSeconds! * readinessProbe!.failureThreshold!).toBeLessThan(
      seconds('SHUTDOWN_DELAY'),
    );
  });
});
