// A control plane with the CRDs and admission policies, the DataGrant controller running on it as the operator's user, and an administrator who
// plays the parts that are not under test: the lab controller, the kubelet.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { Registry } from '@prometheus-io/client';
import { policies } from '../../../src/admission/policies.ts';
import { apiVersion, LabPolicies, Labs } from '../../../src/api/kinds.ts';
import { fieldManager, labLabel } from '../../../src/api/labels.ts';
import type { LabPolicySpec } from '../../../src/api/labpolicy.ts';
import { namespaceOf, operatorName, operatorNamespaceDefault, operatorUser, policyName } from '../../../src/api/names.ts';
import { dataGrantController, dataGrantInformers } from '../../../src/datagrant/controller.ts';
import { createKube, type Runtime } from '../../../src/kube/connect.ts';
import { Namespaces } from '../../../src/kube/kind.ts';
import { createLogger } from '../../../src/kube/log.ts';
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts';

export interface Stage {
  plane: ControlPlane;
  /** People and kubelets. */
  admin: Runtime;
  /** The other controllers of the operator: only its user may write what they write. */
  labs: Runtime;
  startOperator(): Promise<void>;
  stopOperator(): Promise<void>;
  end(): Promise<void>;
}

export const backend = { name: 'gpfs', type: 'hostPath' as const, path: '/gpfs/labs' };
const crds = join(import.meta.dirname, '../../../crds');

export async function setStage(): Promise<Stage> {
  const plane = await startControlPlane({ controllerManager: true });
  const kubectl = (args: string[], input?: string) =>
    execFileSync(join(plane.binDir, 'kubectl'), ['--kubeconfig', plane.kubeconfig, ...args], {
      input,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  kubectl(['apply', '--server-side', '-f', crds]);
  kubectl(['wait', '--for=condition=Established', '--timeout=20s', 'crd', '--all']);
  kubectl(['create', 'namespace', operatorNamespaceDefault]);
  kubectl(['create', 'serviceaccount', operatorName, '-n', operatorNamespaceDefault]);
  // The rights that the chart gives are tried elsewhere; the policies bind whoever has rights.
  kubectl([
    'create',
    'clusterrolebinding',
    'operator',
    '--clusterrole=cluster-admin',
    `--serviceaccount=${operatorNamespaceDefault}:${operatorName}`,
  ]);
  const settings = {
    operatorNamespace: operatorNamespaceDefault,
    operatorUser: operatorUser(operatorNamespaceDefault),
    ports: { first: 31_000, last: 32_599, blockSize: 16 },
    backends: [backend],
  };
  kubectl(
    ['apply', '--server-side', '-f', '-'],
    policies(settings)
      .map((object) => JSON.stringify(object))
      .join('\n---\n'),
  );
  const token = kubectl(['create', 'token', operatorName, '-n', operatorNamespaceDefault, '--duration=2h']).trim();
  const adminConfig = new KubeConfig();
  adminConfig.loadFromFile(plane.kubeconfig);
  const logger = createLogger('warn', { write: (line) => console.error(line) });
  const operatorConfig = new KubeConfig();
  operatorConfig.loadFromClusterAndUser({ ...adminConfig.getCurrentCluster()!, name: 'test' }, { name: 'operator', token });
  const admin = createKube({ kubeConfig: adminConfig, fieldManager: 'test', logger, registry: new Registry() });
  const labs = createKube({ kubeConfig: operatorConfig, fieldManager: 'labs', logger, registry: new Registry() });
  let operator: Runtime | undefined;
  const stage: Stage = {
    plane,
    admin,
    labs,
    async startOperator() {
      operator = createKube({ kubeConfig: operatorConfig, fieldManager, informers: dataGrantInformers, logger, registry: new Registry() });
      await operator.start();
      void operator.run([dataGrantController(operator, { storage: { backends: [backend], stateClass: '' } }, () => new Date())]);
    },
    async stopOperator() {
      await operator?.stop();
      operator = undefined;
    },
    async end() {
      await stage.stopOperator();
      await Promise.all([admin.stop(), labs.stop()]);
      await plane.stop();
    },
  };
  return stage;
}

/** A lab as the lab controller leaves it: with an identity, a namespace and a LabPolicy that lists nothing. */
export async function makeLab(stage: Stage, name: string, id: number): Promise<void> {
  const storage = [{ name: 'raw', backend: backend.name, path: `${name}/raw` }];
  const lab = await stage.admin.apply(Labs, { apiVersion, kind: 'Lab', metadata: { name }, spec: { storage, quota: {} } });
  await stage.labs.applyStatus(Labs, lab, { observedGeneration: 1, uid: id, gid: id, namespace: namespaceOf(name) });
  const labels = {
    [labLabel]: name,
    'pod-security.kubernetes.io/enforce': 'restricted',
    'pod-security.kubernetes.io/enforce-version': 'v1.34',
  };
  await stage.labs.apply(Namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespaceOf(name), labels } });
  await listMounts(stage, name, id, []);
}

/** What the lab controller would write for these mounts. */
export async function listMounts({ labs }: Stage, lab: string, id: number, mounts: LabPolicySpec['mounts']): Promise<void> {
  const spec = { uid: id, gid: id, supplementalGroups: [], resourceNames: ['cpu', 'memory'], mounts, secrets: [] };
  await labs.apply(LabPolicies, { apiVersion, kind: 'LabPolicy', metadata: { name: policyName, namespace: namespaceOf(lab) }, spec });
}
