// What stands: labs, instances with their addresses, grants, as tables.
import { DataGrants, Labs, ProcessingInstances } from '../../../src/api/kinds.ts';
import { labOf } from '../../../src/api/names.ts';
import { readinessOf } from '../ready.ts';
import type { Site } from '../site.ts';
import { table } from '../table.ts';

export async function overview({ client, cluster }: Site): Promise<string> {
  const [labs, instances, grants] = await Promise.all([client.list(Labs), client.list(ProcessingInstances), client.list(DataGrants)]);
  const state = (object: Parameters<typeof readinessOf>[0]) => (readinessOf(object).ready ? 'Ready' : readinessOf(object).why);
  return [
    table(
      ['LAB', 'UID', 'MEMBERS', 'STORAGE', 'GPUS', 'STATE'],
      labs.map((lab) => [
        lab.metadata.name,
        lab.status?.uid,
        lab.spec.members?.length ?? 0,
        lab.spec.storage?.map(({ name, path }) => `${name}=${path}`).join(' '),
        lab.spec.quota.gpu ?? 0,
        state(lab),
      ]),
    ),
    table(
      ['INSTANCE', 'LAB', 'DATABASE', 'ADDRESSES', 'STATE'],
      instances.map((instance) => [
        instance.metadata.name,
        labOf(instance.metadata.namespace ?? ''),
        instance.spec.database ? `${instance.spec.database.engine} ${instance.spec.database.version}` : undefined,
        instance.status?.endpoints?.map(({ name, port }) => `${name}=${cluster.nodeAddress}:${port}`).join(' ') ?? '(workspace for Jobs)',
        state(instance),
      ]),
    ),
    table(
      ['GRANT', 'FROM', 'TO', 'PATHS', 'UNTIL', 'STATE'],
      grants.map((grant) => [
        grant.metadata.name,
        labOf(grant.metadata.namespace ?? ''),
        (grant.spec.subjects ?? []).map(({ kind, name = kind }) => name).join(' '),
        grant.spec.paths.map((path) => `${grant.spec.volume}/${path}`).join(' '),
        grant.spec.expiresAt,
        state(grant),
      ]),
    ),
  ].join('\n\n');
}
