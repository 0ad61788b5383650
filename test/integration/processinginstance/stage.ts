// A control plane with the CRDs and admission policies, the ProcessingInstance controller running on it as the operator's user, and an
// administrator who plays what is not under test: the lab controller, the scheduler, the kubelet, the volume provisioner.

import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { accessInformers, followAccess } from '../../../src/access/follow.ts';
import { policies } from '../../../src/admission/policies.ts';
import { apiVersion, DataGrants, LabPolicies, Labs, ProcessingInstances } from '../../../src/api/kinds.ts';
import { labLabel, managedSelector } from '../../../src/api/labels.ts';
import { namespaceOf, operatorName, operatorNamespaceDefault, operatorUser, policyName } from '../../../src/api/names.ts';
import { Config } from '../../../src/config.ts';
import type { Runtime } from '../../../src/kube/connect.ts';
import { mergeInformers } from '../../../src/kube/informers.ts';
import { Namespaces } from '../../../src/kube/kind.ts';
import { labPolicyPlan } from '../../../src/lab/policy.ts';
import { processingInstanceController, processingInstanceInformers } from '../../../src/processinginstance/controller.ts';
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts';
import { facilityOf } from '../../fixtures/facilityof.ts';
import { configOf, runtimeOn } from '../kube/runtime.ts';

export interface Stage {
  plane: ControlPlane;
  /** People, the scheduler, the kubelet. */
  admin: Runtime;
  /** The user of the operator: only it may write what the operator writes. */
  operator: Runtime;
  /** Requests of the operator's user so far, watches aside. */
  requests(): Promise<number>;
  end(): Promise<void>;
}

const config = Config.parse({
  image: 'bulkhead:1',
  storage: { backends: [{ name: 'gpfs', type: 'hostPath', path: '/gpfs' }] },
  ports: { first: 31_000, last: 31_047, blockSize: 16 },
  database: { images: { 15: 'postgres:15' } },
  network: { exposedTo: ['10.0.0.0/8'] },
});
const crds = join(import.meta.dirname, '../../../crds');

export async function setStage(): Promise<Stage> {
  const plane = await startControlPlane({ controllerManager: true });
  const kubectl = (args: string[], input?: string) =>
    execFileSync(join(plane.binDir, 'kubectl'), ['--kubeconfig', plane.kubeconfig, ...args], {
      input,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  const account = `${operatorNamespaceDefault}:${operatorName}`;
  kubectl(['apply', '--server-side', '-f', crds]);
  kubectl(['wait', '--for=condition=Established', '--timeout=20s', 'crd', '--all']);
  kubectl(['create', 'namespace', operatorNamespaceDefault]);
  kubectl(['create', 'serviceaccount', operatorName, '-n', operatorNamespaceDefault]);
  // The rights that the chart gives are tried elsewhere; the policies bind whoever has rights.
  kubectl(['create', 'clusterrolebinding', 'operator', '--clusterrole=cluster-admin', `--serviceaccount=${account}`]);
  const settings = {
    operatorNamespace: operatorNamespaceDefault,
    operatorUser: operatorUser(operatorNamespaceDefault),
    ports: config.ports,
    backends: config.storage.backends,
  };
  kubectl(
    ['apply', '--server-side', '-f', '-'],
    policies(settings)
      .map((object) => JSON.stringify(object))
      .join('\n---\n'),
  );
  const token = kubectl(['create', 'token', operatorName, '-n', operatorNamespaceDefault, '--duration=2h']).trim();

  const operatorConfig = new KubeConfig();
  operatorConfig.loadFromClusterAndUser({ ...configOf(plane.kubeconfig).getCurrentCluster()!, name: 'test' }, { name: 'operator', token });
  const admin = runtimeOn(plane.kubeconfig, { fieldManager: 'test' });
  const operator = runtimeOn(operatorConfig, {
    informers: mergeInformers(accessInformers, processingInstanceInformers),
    followSelector: managedSelector,
  });
  const access = followAccess(operator.cache, config);
  await operator.start();
  void operator.run([processingInstanceController(operator, access, { ...config, facilityKey: Buffer.alloc(32, 7) }, () => new Date())]);
  return {
    plane,
    admin,
    operator,
    async requests() {
      const lines = (await readFile(plane.auditLog, 'utf8')).split('\n').filter((line) => line.includes(':bulkhead"'));
      return lines.filter((line) => !line.includes('"verb":"watch"')).length;
    },
    async end() {
      await Promise.all([admin.stop(), operator.stop()]);
      await plane.stop();
    },
  };
}

/** A lab as the lab controller leaves it before anybody has made an instance. */
export async function makeLab(stage: Stage, name: string, id: number): Promise<void> {
  const storage = [{ name: 'projects', backend: 'gpfs', path: name }];
  const lab = await stage.admin.apply(Labs, { apiVersion, kind: 'Lab', metadata: { name }, spec: { storage, quota: {} } });
  const labels = {
    [labLabel]: name,
    'pod-security.kubernetes.io/enforce': 'restricted',
    'pod-security.kubernetes.io/enforce-version': 'v1.34',
  };
  await stage.operator.apply(Namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespaceOf(name), labels } });
  await stage.operator.applyStatus(Labs, lab, { observedGeneration: 1, uid: id, gid: id, namespace: namespaceOf(name) });
  await openMounts(stage, name);
}

/** Writes the LabPolicy of a lab for the instances that it has now. */
export async function openMounts({ operator, admin }: Stage, name: string): Promise<void> {
  const lab = await admin.read(Labs, name);
  const { uid = 0, gid = 0 } = lab?.status ?? {};
  const instances = await admin.readAll(ProcessingInstances, { namespace: namespaceOf(name) });
  const { spec } = labPolicyPlan({
    lab: lab!,
    identity: { uid, gid },
    instances,
    ...facilityOf(await admin.readAll(Labs), await admin.readAll(DataGrants)),
    config,
    now: new Date(),
  });
  await operator.apply(LabPolicies, { apiVersion, kind: 'LabPolicy', metadata: { name: policyName, namespace: namespaceOf(name) }, spec });
}
