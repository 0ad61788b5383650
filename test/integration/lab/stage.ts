// A control plane with the chart's own CRDs, policies and rights, and the Lab controller on it as the service account of the operator.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import type { z } from 'zod';
import { accessInformers, followAccess } from '../../../src/access/follow.ts';
import type { AccessModel } from '../../../src/access/model.ts';
import { apiVersion, type Lab, Labs } from '../../../src/api/kinds.ts';
import { LabSpec as LabSchema, type LabSpec } from '../../../src/api/lab.ts';
import { fieldManager, managedSelector } from '../../../src/api/labels.ts';
import { operatorName, operatorNamespaceDefault } from '../../../src/api/names.ts';
import { Config } from '../../../src/config.ts';
import { mergeInformers } from '../../../src/kube/informers.ts';
import type { Kind, ValidatingAdmissionPolicies, ValidatingAdmissionPolicyBindings } from '../../../src/kube/kind.ts';
import type { KubeObject, Stored } from '../../../src/kube/object.ts';
import { labController, labInformers } from '../../../src/lab/controller.ts';
import { processingInstanceController, processingInstanceInformers } from '../../../src/processinginstance/controller.ts';
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts';
import { provideHelm } from '../../cluster/helm.ts';
import { configOf, type Observed, runtimeOn } from '../kube/runtime.ts';
import { type Kubectl, kubectlFor } from '../kubectl.ts';

export interface Stage {
  plane: ControlPlane;
  kubectl: Kubectl;
  admin: Observed;
  /** A second hand of the operator: only its user may spoil what it has made, everybody else is refused. */
  accomplice: Observed;
  /** A controller of kube-system, which the policies let pass, with every right. */
  platform: Observed;
  operator: Observed;
  /** Installs the chart again, as the condition Isolated advises. */
  reinstall(): void;
  /** What the controllers decide by. */
  access: AccessModel;
  end(): Promise<void>;
}

const namespace = operatorNamespaceDefault;
const chart = join(import.meta.dirname, '../../../charts/bulkhead');
const backend = { name: 'gpfs', type: 'hostPath', path: '/gpfs/labs' } as const;

/** @param more settings of the facility, on top of the usual ones
 * @param others `withInstances`: whether the controller of instances runs beside that of labs */
export async function setStage(more: Partial<z.input<typeof Config>> = {}, { withInstances = false } = {}): Promise<Stage> {
  const values = { storage: { backends: [backend] }, identity: { first: 200_000, last: 200_019 }, ...more };
  const config = Config.parse({ image: 'bulkhead:test', ...values });
  const { admins, ...withoutAdmins } = config.access;
  const chartValues = { config: { ...values, access: withoutAdmins }, facilityAdmins: admins, replicas: 0 }; // the operator runs in this process
  const [plane, helm] = await Promise.all([startControlPlane({ controllerManager: true }), provideHelm()]);
  const kubectl = kubectlFor(plane);
  const install = (...more: string[]) => {
    const { status, stderr } = spawnSync(
      helm,
      ['upgrade', '--install', 'bulkhead', chart, '--create-namespace', '-n', namespace, '-f', '-', ...more],
      {
        input: JSON.stringify(chartValues),
        encoding: 'utf8',
        env: { ...process.env, KUBECONFIG: plane.kubeconfig },
      },
    );
    if (status !== 0) throw new Error(stderr);
  };
  install();
  kubectl(['wait', '--for=condition=Established', '--timeout=20s', 'crd', '--all']);
  await plane.restartControllerManager();
  const token = kubectl(['create', 'token', operatorName, '-n', namespace, '--duration=2h']).output.trim();
  const operatorConfig = new KubeConfig();
  operatorConfig.loadFromClusterAndUser({ ...configOf(plane.kubeconfig).getCurrentCluster()!, name: 'test' }, { name: 'operator', token });
  kubectl(['create', 'serviceaccount', 'janitor', '-n', 'kube-system']);
  kubectl(['create', 'clusterrolebinding', 'janitor', '--clusterrole=cluster-admin', '--serviceaccount=kube-system:janitor']);
  const platformConfig = new KubeConfig();
  platformConfig.loadFromClusterAndUser(
    { ...configOf(plane.kubeconfig).getCurrentCluster()!, name: 'test' },
    { name: 'janitor', token: kubectl(['create', 'token', 'janitor', '-n', 'kube-system', '--duration=2h']).output.trim() },
  );
  const platform = runtimeOn(platformConfig, { fieldManager: 'janitor' });
  const admin = runtimeOn(plane.kubeconfig, { fieldManager: 'test' });
  const accomplice = runtimeOn(operatorConfig, { fieldManager: 'test' });
  const operator = runtimeOn(operatorConfig, {
    fieldManager,
    followSelector: managedSelector,
    informers: mergeInformers(accessInformers, labInformers, ...(withInstances ? [processingInstanceInformers] : [])),
  });
  const clock = () => new Date();
  const settings = { ...config, facilityKey: Buffer.alloc(32, 7) };
  const access = followAccess(operator.cache, settings);
  await operator.start();
  const running = operator.run([
    labController(operator, access, { ...settings, operatorNamespace: namespace }, clock),
    ...(withInstances ? [processingInstanceController(operator, access, settings, clock)] : []),
  ]);
  return {
    plane,
    kubectl,
    admin,
    accomplice,
    platform,
    operator,
    reinstall: () => install('--force-conflicts'),
    access,
    async end() {
      await Promise.all([admin.stop(), accomplice.stop(), platform.stop(), operator.stop()]);
      await running;
      await plane.stop();
    },
  };
}

export const makeLab = ({ admin }: Stage, name: string, spec: Partial<LabSpec> = {}): Promise<Stored<Lab>> =>
  admin.apply(Labs, {
    apiVersion,
    kind: Labs.kind,
    metadata: { name },
    spec: LabSchema.parse({ storage: [{ name: 'projects', backend: backend.name, path: name }], ...spec }),
  });

/** Takes an admission policy or binding away for as long as something is tried. */
export async function withoutWall(
  { admin }: Stage,
  kind: typeof ValidatingAdmissionPolicies | typeof ValidatingAdmissionPolicyBindings,
  name: string,
  attempt: () => Promise<void>,
): Promise<void> {
  const kinds = kind as Kind<KubeObject>;
  const saved = (await admin.read(kinds, name))!;
  await admin.delete(kinds, saved);
  try {
    await attempt();
  } finally {
    const { labels, annotations } = saved.metadata;
    await admin.create(kinds, { ...saved, metadata: { name, ...(labels && { labels }), ...(annotations && { annotations }) } });
  }
}
