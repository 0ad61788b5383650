// The parts that are played by hand on the stage: people who make instances, the kubelet, and whoever looks at the outcome.
import { expect } from 'vitest';
import { apiVersion, type ProcessingInstance, ProcessingInstances } from '../../../src/api/kinds.ts';
import { instanceLabel, partLabel } from '../../../src/api/labels.ts';
import type { ProcessingInstanceSpec } from '../../../src/api/processinginstance.ts';
import { type Kind, Pods } from '../../../src/kube/kind.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import type { Stage as WholeStage } from './stage.ts';

/** All that playing takes. */
type Stage = Pick<WholeStage, 'admin'>;

export const app = { name: 'server', image: 'orthanc:1' };

/** An application with everything: ports, database, state and data. */
export const orthanc: ProcessingInstanceSpec = {
  components: [{ ...app, ports: [{ name: 'web', offset: 0 }], readiness: { port: 'web', path: '/system' } }],
  ports: { size: 2 },
  database: { engine: 'PostgreSQL', version: '15', size: '1Gi' },
  storage: [{ name: 'files', mountPath: '/files', size: '1Gi' }],
  data: [{ volume: 'projects', path: 'images', mountPath: '/images', mode: 'ReadWrite' }],
};

export const makeInstance = ({ admin }: Stage, namespace: string, name: string, spec: ProcessingInstanceSpec) =>
  admin.apply<ProcessingInstance>(ProcessingInstances, { apiVersion, kind: 'ProcessingInstance', metadata: { name, namespace }, spec });

/** Reason and message of the Ready condition. */
export async function readiness({ admin }: Stage, namespace: string, name: string) {
  const instance = await admin.read(ProcessingInstances, name, namespace);
  return instance?.status?.conditions?.find(({ type }) => type === 'Ready');
}
export const eventually = <T>(look: () => Promise<T>) => expect.poll(look, { timeout: 20_000, interval: 50 });

/** What a kubelet says of a pod. */
export async function setPodStatus({ admin }: Stage, namespace: string, name: string, status: object): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/status`;
  await admin.client.transport.request({ method: 'PATCH', path, contentType: 'application/merge-patch+json', body: { status } });
}
export const running = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }], startTime: '2026-05-12T08:00:00Z' };
export const succeeded = { phase: 'Succeeded' };

export const names = async <T extends KubeObject>({ admin }: Stage, kind: Kind<T>, namespace: string, labelSelector?: string) =>
  (await admin.readAll(kind, { namespace, ...(labelSelector && { labelSelector }) })).map(({ metadata }) => metadata.name);

/** Pods of one part of an instance. */
export const podsOf = (stage: Stage, namespace: string, name: string, part: string) =>
  names(stage, Pods, namespace, `${instanceLabel}=${name},${partLabel}=${part}`);

/** What scheduler, kubelet and provisioner do for every pod and claim of an instance, until it is ready. */
export async function serve(stage: Stage, namespace: string, name: string): Promise<void> {
  await eventually(async () => {
    for (const pod of await podsOf(stage, namespace, name, 'directories')) await setPodStatus(stage, namespace, pod, succeeded);
    for (const part of ['database', 'component'])
      for (const pod of await podsOf(stage, namespace, name, part)) await setPodStatus(stage, namespace, pod, running);
    return (await readiness(stage, namespace, name))?.reason;
  }).toMatch(/^(Ready|Workspace)$/);
}
