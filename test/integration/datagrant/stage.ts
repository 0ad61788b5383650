// A control plane with the CRDs, policies and rights of the chart, the DataGrant controller on it as the service account of the operator, and
// an administrator who plays the parts that are not under test: the lab controller, the kubelet.

import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { Registry } from '@prometheus-io/client';
import { accessInformers, followAccess } from '../../../src/access/follow.ts';
import { apiVersion, type Lab, LabPolicies, Labs } from '../../../src/api/kinds.ts';
import { fieldManager, labLabel } from '../../../src/api/labels.ts';
import type { LabPolicySpec } from '../../../src/api/labpolicy.ts';
import { namespaceOf, operatorName, operatorNamespaceDefault, policyName } from '../../../src/api/names.ts';
import { Config } from '../../../src/config.ts';
import { dataGrantController, dataGrantInformers } from '../../../src/datagrant/controller.ts';
import { expulsionController, expulsionInformers } from '../../../src/expulsion/controller.ts';
import { createKube, type Runtime } from '../../../src/kube/connect.ts';
import { mergeInformers } from '../../../src/kube/informers.ts';
import { Namespaces, Pods, RoleBindings } from '../../../src/kube/kind.ts';
import { createLogger } from '../../../src/kube/log.ts';
import { operatorRoleBinding } from '../../../src/lab/objects/rolebinding.ts';
import { run } from '../../cluster/command.ts';
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts';
import { provideHelm } from '../../cluster/helm.ts';

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

const backend = { name: 'gpfs', type: 'hostPath' as const, path: '/gpfs/labs' };
const config = Config.parse({ image: 'any', storage: { backends: [backend] } });
const namespace = operatorNamespaceDefault;
const chart = join(import.meta.dirname, '../../../charts/bulkhead');

export async function setStage(): Promise<Stage> {
  const [plane, helm] = await Promise.all([startControlPlane({ controllerManager: true }), provideHelm()]);
  const values = JSON.stringify({ replicas: 0, config: { storage: { backends: [backend] } } });
  const options = { input: values, env: { KUBECONFIG: plane.kubeconfig } };
  await run(helm, ['install', 'bulkhead', chart, '--create-namespace', '-n', namespace, '-f', '-'], options);
  const kubectl = (...args: string[]) => run(join(plane.binDir, 'kubectl'), ['--kubeconfig', plane.kubeconfig, ...args]);
  await kubectl('wait', '--for=condition=Established', '--timeout=20s', 'crd', '--all');
  const token = (await kubectl('create', 'token', operatorName, '-n', namespace, '--duration=2h')).trim();
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
      const informers = mergeInformers(accessInformers, dataGrantInformers, expulsionInformers);
      operator = createKube({ kubeConfig: operatorConfig, fieldManager, informers, logger, registry: new Registry() });
      const access = followAccess(operator.cache, config);
      await operator.start();
      const clock = () => new Date();
      void operator.run([dataGrantController(operator, access, config, clock), expulsionController(operator, clock)]);
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
export async function makeLab(stage: Stage, name: string, id: number, people: Partial<Lab['spec']> = {}): Promise<void> {
  const storage = [{ name: 'raw', backend: backend.name, path: `${name}/raw` }];
  const lab = await stage.admin.apply(Labs, { apiVersion, kind: 'Lab', metadata: { name }, spec: { storage, quota: {}, ...people } });
  await stage.labs.applyStatus(Labs, lab, { observedGeneration: 1, uid: id, gid: id, namespace: namespaceOf(name) });
  const labels = {
    [labLabel]: name,
    'pod-security.kubernetes.io/enforce': 'restricted',
    'pod-security.kubernetes.io/enforce-version': 'v1.34',
  };
  await stage.labs.apply(Namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespaceOf(name), labels } });
  await stage.labs.apply(RoleBindings, operatorRoleBinding(lab, namespace));
  while (!(await mayWrite(stage, name))) await delay(50);
  await listMounts(stage, name, id, []);
}

/** The API server takes a moment until it knows the right that the binding gives. */
const mayWrite = ({ labs }: Stage, lab: string): Promise<boolean> =>
  labs.create(Pods, { metadata: { name: 'x', namespace: namespaceOf(lab) } }, { dryRun: true }).then(
    () => true,
    (error: Error) => !error.message.includes('cannot create resource'),
  );

/** What the lab controller would write for these mounts. */
export async function listMounts({ labs }: Stage, lab: string, id: number, mounts: LabPolicySpec['mounts']): Promise<void> {
  const spec = { uid: id, gid: id, supplementalGroups: [], resourceNames: ['cpu', 'memory'], mounts, secrets: [] };
  await labs.apply(LabPolicies, { apiVersion, kind: 'LabPolicy', metadata: { name: policyName, namespace: namespaceOf(lab) }, spec });
}
