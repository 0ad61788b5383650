// Whether an installation can keep its promises: one line for each thing that must be so, with what to do where it is not. Pure.
import { type AdmissionObject, differences } from '../../admission/installed.ts';
import type { Lab } from '../../api/kinds.ts';
import type { Config } from '../../config.ts';

export type Verdict = 'ok' | 'warn' | 'fail' | 'unknown';

export interface Check {
  name: string;
  verdict: Verdict;
  /** What was found. */
  found: string;
  /** What to do; absent: nothing. */
  remedy?: string;
}

/** `undefined` throughout: whoever asks may not read it. */
export interface Facts {
  version: { major: string; minor: string; gitVersion: string } | undefined;
  definitions: { name: string; live: LiveDefinition | undefined }[] | undefined;
  admission: { wanted: AdmissionObject; live: AdmissionObject | undefined }[] | undefined;
  config: { config?: Config; fault?: string } | undefined;
  operator: { wanted: number; ready: number; led: boolean } | 'absent' | undefined;
  nodes: { name: string; strictGroups: boolean }[] | undefined;
  /** What the API server says to a Service with the first and the last port. */
  ports: { first: string | undefined; last: string | undefined } | undefined;
  storageClasses: { name: string; isDefault: boolean }[] | undefined;
  /** CSI drivers that are installed. */
  drivers: string[] | undefined;
  namespaces: { name: string; enforces: string | undefined }[] | undefined;
  /** Names of DaemonSets, by which a network plugin is known. */
  daemonSets: string[] | undefined;
  labs: Lab[] | undefined;
}

export interface LiveDefinition {
  established: boolean;
  /** Absent: what the chart installs is not beside these tools, so that nothing can be compared. */
  sameSchema?: boolean;
}

const ok = (name: string, found: string): Check => ({ name, verdict: 'ok', found });
const warn = (name: string, found: string, remedy: string): Check => ({ name, verdict: 'warn', found, remedy });
const fail = (name: string, found: string, remedy: string): Check => ({ name, verdict: 'fail', found, remedy });
const unknown = (name: string): Check => ({
  name,
  verdict: 'unknown',
  found: 'you may not read it',
  remedy: 'ask somebody who may, such as one bound to cluster-admin',
});

export function checks(facts: Facts): Check[] {
  return [
    kubernetes(facts),
    definitions(facts),
    policies(facts),
    configuration(facts),
    operator(facts),
    admins(facts),
    backends(facts),
    storageClasses(facts),
    nodePorts(facts),
    nodes(facts),
    podSecurity(facts),
    network(facts),
    labs(facts),
  ];
}

const upgrade = 'install the chart of this version again with `helm upgrade`';
const oldestMinor = 34;

function kubernetes({ version }: Facts): Check {
  const name = 'Kubernetes';
  if (!version) return unknown(name);
  const minor = Number.parseInt(version.minor, 10);
  if (version.major === '1' && minor < oldestMinor)
    return fail(
      name,
      version.gitVersion,
      `upgrade to 1.${oldestMinor} or later: the walls need supplementalGroupsPolicy and CEL of that version`,
    );
  return ok(name, version.gitVersion);
}

function definitions({ definitions }: Facts): Check {
  const name = 'Definitions';
  if (!definitions) return unknown(name);
  const faults = definitions.flatMap(({ name, live }) => {
    if (!live) return [`${name} is missing`];
    if (!live.established) return [`${name} is not established`];
    return live.sameSchema === false ? [`${name} is of another version`] : [];
  });
  if (faults.length > 0) return fail(name, faults.join('; '), upgrade);
  if (definitions.some(({ live }) => live?.sameSchema === undefined))
    return {
      name,
      verdict: 'unknown',
      found: 'all are there; their contents cannot be compared',
      remedy: 'run these tools from the repository of this version',
    };
  return ok(name, `${definitions.length}, all of this version`);
}

function policies({ admission, config }: Facts): Check {
  const name = 'Admission policies';
  if (!admission)
    return config?.config ? unknown(name) : { ...unknown(name), found: 'they depend on the configuration, which cannot be read' };
  const faults = admission.flatMap(({ wanted, live }) => {
    const what = `${wanted.kind} ${wanted.metadata.name}`;
    if (!live) return [`${what} is missing`];
    const fields = differences(wanted, live);
    return fields.length > 0 ? [`${what} differs in ${fields.map((field) => `spec.${field}`).join(', ')}`] : [];
  });
  if (faults.length === 0) return ok(name, `${admission.length} objects, as the chart has them`);
  const shown = faults.slice(0, 5).join('; ') + (faults.length > 5 ? ` and ${faults.length - 5} more` : '');
  return fail(name, shown, `${upgrade}; with Helm 4 and --force-conflicts where somebody has changed them`);
}

function configuration({ config }: Facts): Check {
  const name = 'Configuration';
  if (!config) return unknown(name);
  if (config.fault !== undefined)
    return fail(name, config.fault, 'correct the values of the chart; name the namespace of the operator with --operator-namespace');
  return ok(name, 'is valid');
}

function operator({ operator }: Facts): Check {
  const name = 'Operator';
  if (!operator) return unknown(name);
  const absent = 'the walls stand without it; nothing new is made and grants end only by their deadlines';
  if (operator === 'absent')
    return fail(name, 'has no Deployment', `${upgrade}, or name its namespace with --operator-namespace; ${absent}`);
  const copies = `${operator.ready} of ${operator.wanted} copies ready`;
  if (!operator.led) return fail(name, `${copies}; no copy renews the Lease`, `see the log of its pods; ${absent}`);
  if (operator.ready < 2) return warn(name, `${copies}, one leads`, 'run two, so that a node can fail (replicas: 2)');
  return ok(name, `${copies}, one leads`);
}

function admins({ config }: Facts): Check {
  const name = 'Facility administrators';
  if (!config?.config) return unknown(name);
  const { users, groups } = config.config.access.admins;
  const found = [...users, ...groups.map((group) => `group ${group}`)];
  return found.length > 0
    ? ok(name, found.join(', '))
    : warn(name, 'none', 'name them in facilityAdmins of the chart: nobody else may make labs, or act for others');
}

function backends({ config, drivers, labs }: Facts): Check {
  const name = 'Storage backends';
  if (!config?.config) return unknown(name);
  const { backends } = config.config.storage;
  if (backends.length === 0)
    return warn(name, 'none', 'name where labs may have their roots in config.storage.backends; without one a Lab can have no storage');
  const missing = backends.flatMap((backend) =>
    backend.type === 'csi' && drivers && !drivers.includes(backend.driver)
      ? [`${backend.name} needs CSI driver ${backend.driver}, which is not installed`]
      : [],
  );
  const known = new Set(backends.map((backend) => backend.name));
  const unknownOnes = (labs ?? []).flatMap(({ metadata, spec }) =>
    (spec.storage ?? [])
      .filter(({ backend }) => !known.has(backend))
      .map(({ backend }) => `lab ${metadata.name} uses "${backend}", which does not exist`),
  );
  const faults = [...missing, ...unknownOnes];
  if (faults.length > 0) return fail(name, faults.join('; '), 'install the driver, or correct config.storage.backends or the Lab');
  return ok(name, backends.map(({ name, type }) => `${name} (${type})`).join(', '));
}

function storageClasses({ config, storageClasses }: Facts): Check {
  const name = 'State volumes';
  if (!storageClasses || !config?.config) return unknown(name);
  const { stateClass } = config.config.storage;
  const remedy = 'name a StorageClass that exists in config.storage.stateClass, or make one the default';
  if (stateClass !== '')
    return storageClasses.some((one) => one.name === stateClass)
      ? ok(name, `StorageClass ${stateClass}`)
      : fail(name, `StorageClass ${stateClass} does not exist`, remedy);
  const standard = storageClasses.find(({ isDefault }) => isDefault);
  return standard
    ? ok(name, `StorageClass ${standard.name}, the default`)
    : warn(name, 'no default StorageClass', `${remedy}; instances with state or a database wait for ever`);
}

function nodePorts({ config, ports }: Facts): Check {
  const name = 'Node ports';
  if (!ports || !config?.config) return unknown(name);
  const { first, last } = config.config.ports;
  const faults = [ports.first, ports.last].filter((fault) => fault !== undefined);
  if (faults.length > 0)
    return fail(name, `${first}-${last}: ${faults[0]}`, 'choose config.ports inside --service-node-port-range of the API server');
  return ok(name, `${first}-${last} lie in the range of the API server`);
}

function nodes({ nodes }: Facts): Check {
  const name = 'Nodes';
  if (!nodes) return unknown(name);
  const without = nodes.filter(({ strictGroups }) => !strictGroups).map(({ name }) => name);
  if (nodes.length === 0) return warn(name, 'none', 'pods of labs have nowhere to run');
  if (without.length > 0)
    return fail(
      name,
      `${without.join(', ')} cannot keep supplementalGroupsPolicy: Strict`,
      'use a container runtime that can (containerd 2.0, CRI-O 1.31 or later): pods of labs do not start there',
    );
  return ok(name, `${nodes.length}, all keep supplementalGroupsPolicy: Strict`);
}

function podSecurity({ namespaces }: Facts): Check {
  const name = 'Pod Security';
  if (!namespaces) return unknown(name);
  const open = namespaces.filter(({ enforces }) => enforces !== 'restricted').map(({ name }) => name);
  if (open.length > 0)
    return fail(
      name,
      `${open.join(', ')} do not enforce "restricted"`,
      'the operator sets the labels again; see whether it runs, and who removes them',
    );
  return ok(
    name,
    `${namespaces.length === 1 ? '1 namespace of a lab enforces' : `${namespaces.length} namespaces of labs enforce`} "restricted"`,
  );
}

/** Plugins that are known to keep NetworkPolicies. */
const enforcing = /calico|cilium|antrea|weave|kube-router|kube-network-policies|ovn|canal|netpol|romana/;
const silent = /flannel/;

function network({ daemonSets }: Facts): Check {
  const name = 'Network policies';
  if (!daemonSets) return unknown(name);
  const plugin = daemonSets.find((one) => enforcing.test(one));
  if (plugin !== undefined) return ok(name, `DaemonSet ${plugin} is known to keep them`);
  const remedy = 'an API server stores network policies whether anything keeps them or not: try from a pod of one lab to reach another';
  const quiet = daemonSets.find((one) => silent.test(one));
  return quiet === undefined
    ? warn(name, 'no plugin is recognised that keeps them', remedy)
    : fail(name, `DaemonSet ${quiet} does not keep them`, `add a plugin that does; ${remedy}`);
}

function labs({ labs }: Facts): Check {
  const name = 'Labs';
  if (!labs) return unknown(name);
  const without = (type: string) =>
    labs
      .filter(({ status }) => !status?.conditions?.some((one) => one.type === type && one.status === 'True'))
      .map(({ metadata }) => metadata.name);
  const [open, unready] = [without('Isolated'), without('Ready')];
  const list = (names: string[]) => `${names.slice(0, 10).join(', ')}${names.length > 10 ? ` and ${names.length - 10} more` : ''}`;
  if (open.length > 0) return fail(name, `not Isolated: ${list(open)}`, 'kubectl bulkhead status LAB names the wall');
  if (unready.length > 0) return warn(name, `not Ready: ${list(unready)}`, 'kubectl bulkhead status LAB says why');
  return ok(name, `${labs.length}, all Ready and Isolated`);
}

/** Whether everything that must be so is so. What could not be looked at counts as a warning. */
export const isHealthy = (all: Check[]): boolean => all.every(({ verdict }) => verdict !== 'fail');
