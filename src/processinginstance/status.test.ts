import { describe, expect, test } from 'vitest';
import { all, granted, live, now, orthanc, plan, pod, standing, stored, whole } from '../../test/fixtures/instanceplan.ts';
import { anInstance } from '../../test/fixtures/processinginstance.ts';
import type { ProcessingInstance } from '../api/kinds.ts';
import { retainedAnnotation } from '../api/labels.ts';
import { stateClaimName } from '../api/names.ts';
import { type PersistentVolumeClaim, Services } from '../kube/kind.ts';
import type { Stored } from '../kube/object.ts';
import type { Observed } from './decide.ts';
import type { Step } from './intent.ts';
import { statusOf } from './status.ts';

describe('data', () => {
  const app = anInstance()
    .running()
    .data(granted, { ...granted, path: 'other', mountPath: '/other' });
  test('what cannot be mounted is left out and named; the rest runs', () => {
    const instance = app.build();
    const ready = plan(instance, { steps: all });
    const { conditions } = statusOf(instance, ready, { findings: [] }, now);
    expect(conditions).toMatchObject([
      { type: 'Ready', status: 'True', message: expect.stringContaining('not mounted') },
      { type: 'DataMounted', status: 'False', reason: 'PathNotGranted', message: expect.stringContaining('/other') },
    ]);
    expect(ready.workloads[0]?.template.spec.containers[0]?.volumeMounts?.map(({ mountPath }) => mountPath)).toEqual([
      '/raw',
      '/run/bulkhead/access',
      '/tmp',
    ]);
  });
  test('the groups of the owners are those of mounted data alone', () => {
    const groups = (instance: Stored<ProcessingInstance>) => whole(instance).steps[0]?.template.spec.securityContext?.supplementalGroups;
    expect(groups(app.build())).toEqual([300_000]);
    expect(groups(anInstance().running().build())).toBeUndefined();
  });
  test('looks again when a grant ends', () => {
    expect(plan(app.build(), { steps: all }).nextCheck).toEqual(new Date('2026-06-01T00:00:00Z'));
  });
});

describe('what is kept', () => {
  const claim = (change: Partial<PersistentVolumeClaim> = {}): PersistentVolumeClaim => ({
    metadata: { name: stateClaimName('orthanc', 'files') },
    spec: { volumeName: 'pv-1', storageClassName: 'fast' },
    status: { phase: 'Bound' },
    ...change,
  });
  const app = anInstance().running().state('files', '/files').build();
  const wantedClaim = (observed: PersistentVolumeClaim[]) =>
    plan(app, { observed: { claims: observed } }).foundation.find(
      ({ object }) => object.metadata.name === stateClaimName('orthanc', 'files'),
    )?.object as PersistentVolumeClaim;

  test('a claim has no owner, keeps its class, and its volume is retained once it is bound', () => {
    expect(wantedClaim([]).metadata).not.toHaveProperty('ownerReferences');
    expect(wantedClaim([]).spec).not.toHaveProperty('storageClassName');
    expect(wantedClaim([claim()])).toMatchObject({
      metadata: { annotations: { [retainedAnnotation]: 'pv-1' } },
      spec: { storageClassName: 'fast' },
    });
    expect(plan(app, { observed: { claims: [claim()] } }).retain).toEqual(['pv-1']);
    expect(plan(app, { observed: { claims: [claim({ status: { phase: 'Pending' } })] } }).retain).toEqual([]);
    expect(
      plan(app, {
        observed: {
          claims: [wantedClaim([claim()]), claim()].map((one, index) =>
            index === 0 ? { ...claim(), metadata: one.metadata } : claim({ status: {} }),
          ),
        },
      }).retain,
    ).toEqual([]);
  });

  test('children that are no longer wanted go', () => {
    const service = { metadata: { name: 'orthanc', ...stored } };
    const removable = [{ kind: Services, object: service }] as Observed['removable'];
    expect(plan(orthanc.build(), { observed: { removable } }).unwanted).toEqual([]);
    expect(plan(app, { observed: { removable } }).unwanted).toEqual(removable);
  });
});

describe('the status', () => {
  const status = (steps: (step: Step) => Partial<Observed>, observed: Partial<Observed> = {}) => {
    const instance = orthanc.build();
    return statusOf(instance, plan(instance, { steps, observed }), { basePort: 31_016, findings: [] }, now);
  };
  const ready = (...from: Parameters<typeof status>) => status(...from).conditions?.[0];

  test('tells the block and the addresses', () => {
    expect(status(all)).toMatchObject({
      ports: { base: 31_016, size: 2 },
      endpoints: [{ name: 'web', port: 31_016, host: 'orthanc.lab-smith.svc' }],
    });
  });
  test('is Ready when everything stands', () => {
    expect(ready(all)).toMatchObject({ status: 'True', reason: 'Ready' });
  });
  test('names the database before the application that waits for it', () => {
    expect(ready(standing('directories'))).toMatchObject({ status: 'False', reason: 'DatabaseStarting' });
  });
  test('is not Ready while an old pod is being replaced', () => {
    const steps = (step: Step) =>
      step.part === 'component'
        ? {
            statefulSets: [live(step, { observedGeneration: 1, replicas: 1, readyReplicas: 1, currentRevision: 'a', updateRevision: 'b' })],
          }
        : all(step);
    expect(ready(steps)).toMatchObject({ status: 'False', reason: 'Progressing' });
  });
  test('has the words of the node', () => {
    const pending = pod('component', {
      conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'Insufficient cpu' }],
    });
    const steps = (step: Step) =>
      step.part === 'component' ? { statefulSets: [live(step, { observedGeneration: 1, replicas: 1 })] } : all(step);
    expect(ready(steps, { pods: [pending] })).toMatchObject({
      reason: 'PodNotRunning',
      message: 'pod "component-0": Unschedulable: Insufficient cpu',
    });
  });
});
