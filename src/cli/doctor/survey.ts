// Reads what `kubectl bulkhead doctor` judges. Nothing is written: ports are asked about by a dry run.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { V1CSIDriver, V1DaemonSet, V1Deployment, V1Node, V1StorageClass } from '@kubernetes/client-node';
import { parse } from 'yaml';
import type { AdmissionObject } from '../../admission/installed.ts';
import { policies } from '../../admission/policies.ts';
import { definitions, Labs } from '../../api/kinds.ts';
import { group, labLabel, version } from '../../api/labels.ts';
import { operatorName, operatorUser } from '../../api/names.ts';
import { ConfigError, parseConfig } from '../../config.ts';
import type { Client } from '../../kube/client.ts';
import { ApiError, isForbidden, isNotFound } from '../../kube/errors.ts';
import {
  type Builtin,
  type CustomResourceDefinition,
  CustomResourceDefinitions,
  defineKind,
  type Kind,
  Namespaces,
  type Service,
  Services,
  ValidatingAdmissionPolicies,
  ValidatingAdmissionPolicyBindings,
} from '../../kube/kind.ts';
import type { KubeObject } from '../../kube/object.ts';
import { ConfigMaps } from '../facility/cluster.ts';
import { isLed } from '../leader.ts';
import type { Facts, LiveDefinition } from './checks.ts';

const Deployments = defineKind<Builtin<V1Deployment>>('apps/v1', 'Deployment', 'deployments', 'Namespaced');
const DaemonSets = defineKind<Builtin<V1DaemonSet>>('apps/v1', 'DaemonSet', 'daemonsets', 'Namespaced');
const Nodes = defineKind<Builtin<V1Node>>('v1', 'Node', 'nodes', 'Cluster');
const StorageClasses = defineKind<Builtin<V1StorageClass>>('storage.k8s.io/v1', 'StorageClass', 'storageclasses', 'Cluster');
const CSIDrivers = defineKind<Builtin<V1CSIDriver>>('storage.k8s.io/v1', 'CSIDriver', 'csidrivers', 'Cluster');

export async function survey(client: Client, operatorNamespace: string): Promise<Facts> {
  const config = await readConfiguration(client, operatorNamespace);
  const settled = config?.config;
  const [version, live, admission, operator, nodes, ports, classes, drivers, namespaces, daemonSets, labs] = await Promise.all([
    client.transport.request<NonNullable<Facts['version']>>({ method: 'GET', path: '/version' }),
    list(client, CustomResourceDefinitions),
    settled ? readAdmission(client, operatorNamespace, settled) : undefined,
    readOperator(client, operatorNamespace),
    list(client, Nodes),
    settled ? askPorts(client, operatorNamespace, settled.ports) : undefined,
    list(client, StorageClasses),
    list(client, CSIDrivers),
    list(client, Namespaces, labLabel),
    list(client, DaemonSets),
    list(client, Labs),
  ]);
  return {
    version,
    definitions: live && definitions.map(({ kind }) => definitionFacts(kind.plural, live)),
    admission,
    config,
    operator,
    nodes: nodes?.map(({ metadata, status }) => ({
      name: metadata.name,
      strictGroups: status?.features?.supplementalGroupsPolicy === true,
    })),
    ports,
    storageClasses: classes?.map(({ metadata }) => ({
      name: metadata.name,
      isDefault: metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true',
    })),
    drivers: drivers?.map(({ metadata }) => metadata.name),
    namespaces: namespaces?.map(({ metadata }) => ({
      name: metadata.name,
      enforces: metadata.labels?.['pod-security.kubernetes.io/enforce'],
    })),
    daemonSets: daemonSets?.map(({ metadata }) => metadata.name),
    labs,
  };
}

/** Undefined: not allowed. A kind that does not exist has no objects. */
async function list<T extends KubeObject>(client: Client, kind: Kind<T>, labelSelector?: string): Promise<T[] | undefined> {
  try {
    return await client.list(kind, { labelSelector });
  } catch (error) {
    if (isNotFound(error)) return [];
    if (isForbidden(error)) return undefined;
    throw error;
  }
}

async function allowed<T>(reading: Promise<T>): Promise<T | undefined> {
  return reading.catch((error: unknown) => {
    if (isForbidden(error)) return undefined;
    throw error;
  });
}

async function readConfiguration(client: Client, namespace: string): Promise<Facts['config']> {
  const read = await allowed(client.get(ConfigMaps, operatorName, namespace).then((object) => ({ object })));
  if (!read) return undefined;
  const document = read.object?.data?.['config.yaml'];
  if (document === undefined) return { fault: `namespace ${namespace} has no ConfigMap ${operatorName} with config.yaml` };
  try {
    return { config: parseConfig(document, `ConfigMap ${namespace}/${operatorName}`) };
  } catch (error) {
    if (error instanceof ConfigError) return { fault: error.message };
    throw error;
  }
}

async function readAdmission(
  client: Client,
  operatorNamespace: string,
  { ports, storage: { backends } }: NonNullable<NonNullable<Facts['config']>['config']>,
): Promise<Facts['admission']> {
  const [live, bindings] = await Promise.all([list(client, ValidatingAdmissionPolicies), list(client, ValidatingAdmissionPolicyBindings)]);
  if (!live || !bindings) return undefined;
  const there = new Map<string, AdmissionObject>([
    ...live.map((object) => [`${ValidatingAdmissionPolicies.kind} ${object.metadata.name}`, object] as const),
    ...bindings.map((object) => [`${ValidatingAdmissionPolicyBindings.kind} ${object.metadata.name}`, object] as const),
  ]);
  return policies({ operatorNamespace, operatorUser: operatorUser(operatorNamespace), ports, backends }).map((wanted) => ({
    wanted,
    live: there.get(`${wanted.kind} ${wanted.metadata.name}`),
  }));
}

async function readOperator(client: Client, namespace: string): Promise<Facts['operator']> {
  const [read, led] = await Promise.all([
    allowed(client.get(Deployments, operatorName, namespace).then((object) => ({ object }))),
    allowed(isLed(client, namespace)),
  ]);
  if (!read || led === undefined) return undefined;
  if (!read.object) return 'absent';
  return { wanted: read.object.spec?.replicas ?? 1, ready: read.object.status?.readyReplicas ?? 0, led };
}

/** A port that is taken is in the range; the API server says so in other words. */
async function askPorts(client: Client, namespace: string, { first, last }: { first: number; last: number }): Promise<Facts['ports']> {
  const ask = async (nodePort: number): Promise<string | undefined> => {
    const service: Service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: `bulkhead-doctor-${nodePort}`, namespace },
      spec: { type: 'NodePort', selector: { 'bulkhead.science/doctor': 'none' }, ports: [{ port: 80, nodePort }] },
    };
    try {
      await client.create(Services, service, { dryRun: true });
      return undefined;
    } catch (error) {
      if (isForbidden(error) || !(error instanceof ApiError)) throw error;
      return /not in the valid range/.test(error.message) ? error.message.replace(/^.*?(provided port)/, '$1') : undefined;
    }
  };
  return allowed(Promise.all([ask(first), ask(last)]).then(([first, last]) => ({ first, last })));
}

/** The chart and these tools come from one repository: what they install is read from where it is generated. */
const generated = join(import.meta.dirname, '../../../crds');

function definitionFacts(plural: string, live: CustomResourceDefinition[]): { name: string; live: LiveDefinition | undefined } {
  const name = `${plural}.${group}`;
  const found = live.find(({ metadata }) => metadata.name === name);
  if (!found) return { name, live: undefined };
  const file = join(generated, `${plural}.yaml`);
  const wanted = existsSync(file) ? (parse(readFileSync(file, 'utf8')) as CustomResourceDefinition) : undefined;
  const schemaOf = (definition: CustomResourceDefinition) => definition.spec.versions.find((one) => one.name === version)?.schema;
  return {
    name,
    live: {
      established: found.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') ?? false,
      ...(wanted && { sameSchema: ordered(schemaOf(found)) === ordered(schemaOf(wanted)) }),
    },
  };
}

/** Equal whatever the order of the fields. */
const ordered = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
