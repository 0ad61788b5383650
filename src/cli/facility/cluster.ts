// Objects out of a cluster, as far as whoever asks may read them. What may not be read is named, with what follows for the answers.

import { type ImportedPolicy, importedPolicy } from '../../access/imported.ts';
import { visitOf } from '../../access/visit.ts';
import { type DataGrant, DataGrants, DataRoles, type Lab, Labs, type ProcessingInstance, ProcessingInstances } from '../../api/kinds.ts';
import { fieldManager, managedSelector } from '../../api/labels.ts';
import { accessPolicyName, namespaceOf, operatorName, policyFile } from '../../api/names.ts';
import { type Config, parseConfig } from '../../config.ts';
import type { Client } from '../../kube/client.ts';
import { isForbidden, isNotFound } from '../../kube/errors.ts';
import { type Builtin, defineKind, type Kind, Leases } from '../../kube/kind.ts';
import type { KubeObject } from '../../kube/object.ts';
import { CommandFailed } from '../error.ts';
import { nothing, type Objects } from './objects.ts';

export const ConfigMaps = defineKind<Builtin<{ data?: Record<string, string> }>>('v1', 'ConfigMap', 'configmaps', 'Namespaced');

export interface Where {
  operatorNamespace: string;
  /** Labs that the question is about: all that can be read when not everything can. */
  labs: string[];
}

export async function readCluster(
  client: Client,
  { operatorNamespace, labs: asked }: Where,
): Promise<{ objects: Objects; unread: string[] }> {
  const unread: string[] = [];
  const inLabs = async <T extends KubeObject>(kind: Kind<T>): Promise<T[]> => {
    const everywhere = await allowed(client.list(kind));
    if (everywhere) return everywhere;
    const parts = await Promise.all(
      asked.map(async (lab) => ({ lab, items: await allowed(client.list(kind, { namespace: namespaceOf(lab) })) })),
    );
    const missing = parts.flatMap(({ lab, items }) => (items ? [] : [lab]));
    const which = missing.length > 0 ? 'any' : `those outside ${asked.map((lab) => `lab ${lab}`).join(', ')}`;
    unread.push(`${kind.plural}: you may not list ${which}`);
    return parts.flatMap(({ items }) => items ?? []);
  };
  const [{ labs, policies }, roles, grants, instances, configured] = await Promise.all([
    readLabs(client, asked, unread),
    allowed(client.list(DataRoles)),
    inLabs<DataGrant>(DataGrants),
    inLabs<ProcessingInstance>(ProcessingInstances),
    readAccess(client, operatorNamespace),
  ]);
  const [policy] = policies;
  const access = configured.access ?? (policy && { admins: policy.facility.admins, allowAnonymous: policy.facility.allowAnonymous });
  if (!access && configured.missing !== undefined) unread.push(configured.missing);
  if (!roles) unread.push('dataroles: you may not list them; only the standard roles count');
  const visits = labs.some(({ spec }) => (spec.inactivity ?? []).length > 0)
    ? await allowed(client.list(Leases, { labelSelector: managedSelector }))
    : [];
  if (!visits) unread.push('visits (Leases): who is inactive is not known');
  return {
    objects: {
      labs,
      policies,
      roles: roles ?? [],
      grants,
      instances,
      access: access ?? nothing.access,
      visits: (visits ?? []).flatMap((lease) => visitOf(lease) ?? []),
    },
    unread,
  };
}

async function readLabs(client: Client, asked: string[], unread: string[]): Promise<{ labs: Lab[]; policies: ImportedPolicy[] }> {
  const everywhere = await allowed(client.list(Labs));
  if (everywhere) return { labs: everywhere, policies: [] };
  const parts = await Promise.all(
    asked.map(async (lab) => ({ lab, object: await allowed(client.get(Labs, lab).then((object) => [object])) })),
  );
  const own = parts.flatMap(({ lab, object }) => (object ? [lab] : []));
  const others = asked.filter((lab) => !own.includes(lab));
  const told = await Promise.all(others.map(async (lab) => ({ lab, policy: await readPolicy(client, lab, unread) })));
  const missing = told.flatMap(({ lab, policy }) => (policy ? [] : [lab]));
  if (missing.length > 0) throw mayNotRead(missing);
  if (own.length > 0 || others.length === 0)
    unread.push(`labs: you may read only ${own.join(', ') || 'none'}; people of other labs are not known`);
  return {
    labs: parts.flatMap(({ object }) => object?.flatMap((lab) => lab ?? []) ?? []),
    policies: told.flatMap(({ policy }) => policy ?? []),
  };
}

export const mayNotRead = (labs: string[]) =>
  new CommandFailed(
    `Error from server (Forbidden): you may not read lab ${labs.join(', ')}, and without it nothing can be answered; ask an administrator of the lab or of the facility`,
  );

/** What a lab tells its own people. Undefined: whoever asks is none of them.
 *  @throws CommandFailed when nothing can be answered from it */
async function readPolicy(client: Client, lab: string, unread: string[]): Promise<ImportedPolicy | undefined> {
  const found = await allowed(client.get(ConfigMaps, accessPolicyName, namespaceOf(lab)).then((configMap) => ({ configMap })));
  if (!found) return undefined;
  const { configMap } = found;
  const read = importedPolicy(configMap?.data?.[policyFile] ?? '', lab);
  if (!read.usable) throw new CommandFailed(`error: you may not read lab ${lab} itself, and ${read.why}`);
  const written = configMap?.metadata.managedFields?.find(
    ({ manager, operation }) => manager === fieldManager && operation === 'Apply',
  )?.time;
  const source = `ConfigMap ${namespaceOf(lab)}/${accessPolicyName}${written === undefined ? '' : `, last changed ${written}`}`;
  unread.push(
    `lab ${lab} itself: the answer rests on its exported policy (${source}). Whom other labs hold and what they own is not known there, and gives nothing; nor is who will be inactive later`,
  );
  return read.policy;
}

/** `missing`: what was not read, and what follows. */
async function readAccess(client: Client, operatorNamespace: string): Promise<{ access?: Config['access']; missing?: string }> {
  const found = await allowed(client.get(ConfigMaps, operatorName, operatorNamespace).then((configMap) => ({ configMap })));
  const document = found?.configMap?.data?.['config.yaml'];
  if (document !== undefined) return { access: parseConfig(document, `ConfigMap ${operatorNamespace}/${operatorName}`).access };
  return {
    missing: found
      ? `namespace ${operatorNamespace} has no ConfigMap ${operatorName}: facility administrators are not known (--operator-namespace)`
      : `the configuration of the facility (ConfigMap ${operatorNamespace}/${operatorName}): facility administrators are not known`,
  };
}

/** Undefined: whoever asks may not read it.
 *  @throws CommandFailed when the API server does not know the kind */
async function allowed<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isForbidden(error)) return undefined;
    if (isNotFound(error)) throw new CommandFailed('error: this cluster does not know the kinds of Bulkhead; install the chart first');
    throw error;
  }
}
