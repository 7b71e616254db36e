import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const read = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');

/** The operator's own schema, cut by fixtures/mpijob-schema.mjs; names that it does not declare are faults. */
const fits = new Ajv({ allErrors: true }).compile(JSON.parse(read('fixtures/mpijob.schema.json')) as object);

interface Manifest {
  spec: {
    mpiReplicaSpecs: Record<string, { replicas: number; template: { spec: PodSpec } }>;
    slotsPerWorker: number;
  };
}

interface PodSpec {
  containers: {
    name?: string;
    image: string;
    command?: string[];
    args?: string[];
    resources?: { limits: Record<string, unknown> };
    volumeMounts?: { name: string; mountPath: string }[];
  }[];
  volumes?: { name: string }[];
}

const manifest = () => parse(read('../launch/mpijob.yaml')) as Manifest;

describe('the manifest for the MPI operator', () => {
  test('fits the schema of the operator', () => {
    fits(manifest());
    expect(fits.errors).toBeNull();
  });

  const worker = ({ spec }: Manifest) => spec.mpiReplicaSpecs.Worker!;
  const container = (manifest: Manifest) => worker(manifest).template.spec.containers[0]!;

  test.each<[string, (changed: Manifest) => unknown]>([
    ['without replicas', ({ spec }) => Reflect.deleteProperty(spec, 'mpiReplicaSpecs')],
    ['of another version', (changed) => Object.assign(changed, { apiVersion: 'kubeflow.org/v1' })],
    ['of an unknown MPI', ({ spec }) => Object.assign(spec, { mpiImplementation: 'LAM' })],
    ['with a misspelled name', ({ spec }) => Object.assign(spec, { slotsPerWorkers: 1 })],
    ['whose replicas are a text', (changed) => Object.assign(worker(changed), { replicas: '4' })],
    ['with a container without a name', (changed) => Reflect.deleteProperty(container(changed), 'name')],
    ['with an argument that is a number', (changed) => Object.assign(container(changed), { args: [4] })],
    ['with a memory of no size', (changed) => (container(changed).resources!.limits.memory = '16 gigabytes')],
  ])('%s, it does not', (_, change) => {
    const changed = manifest();
    change(changed);
    expect(fits(changed)).toBe(false);
  });

  test('has one launcher, which starts the command, and workers that mount what they declare', () => {
    const { Launcher, Worker, ...others } = manifest().spec.mpiReplicaSpecs;
    expect(others).toEqual({});
    expect(Launcher!.replicas).toBe(1);
    const [{ command, args }] = Launcher!.template.spec.containers as [PodSpec['containers'][0]];
    expect([...command!, ...args!].join(' ')).toMatch(
      /^mpirun .*npx @m3ae\/trainer pretrain \/data\/.*--resume/,
    );
    const { containers, volumes } = Worker!.template.spec;
    const declared = volumes!.map(({ name }) => name);
    expect(containers[0]!.volumeMounts!.map(({ name }) => name)).toEqual(declared);
    expect(containers[0]!.volumeMounts!.map(({ mountPath }) => mountPath)).toEqual(['/data', '/runs']);
  });
});
