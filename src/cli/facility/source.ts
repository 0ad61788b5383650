// Where a permission tool gets its facility from, and who asks: flags that all of them share.
import type { Command } from 'commander';
import type { Person } from '../../access/facts.ts';
import { operatorNamespaceDefault } from '../../api/names.ts';
import { type Connection, type ConnectionFlags, connectTo, loadKubeConfig, withClusterFlags } from '../connection.ts';
import { CommandFailed } from '../error.ts';
import { readCluster } from './cluster.ts';
import { ManifestError, objectsOf, readManifests } from './manifests.ts';
import { type Facility, facilityOf, nothing } from './objects.ts';

export interface SourceFlags extends Pick<ConnectionFlags, 'kubeconfig' | 'context'> {
  from?: string[];
  operatorNamespace: string;
}

export const withSourceFlags = (command: Command) =>
  withClusterFlags(command)
    .option('--from <path...>', 'read folders or files of manifests instead of a cluster')
    .option('--operator-namespace <namespace>', 'namespace of the operator', operatorNamespaceDefault);

export interface PersonFlags {
  as?: string;
  asGroup?: string[];
  anonymous?: true;
}

export const withPersonFlags = (command: Command) =>
  command
    .option('--as <user>', 'whom the question is about (default: you)')
    .option('--as-group <group...>', 'groups of the identity provider that the person is in')
    .option('--anonymous', 'somebody who is not logged in');

/** A facility, and the connection behind it when there is one. */
export interface Source {
  facility: Facility;
  connection?: Connection;
}

/** @param labs labs that the question is about, for people who may not read all */
export async function withSource<T>(flags: SourceFlags, labs: string[], use: (source: Source) => Promise<T>): Promise<T> {
  if (flags.from) return use({ facility: await readFolder(flags.from) });
  const config = await loadKubeConfig(flags);
  const connection = connectTo(config);
  try {
    const { objects, unread } = await readCluster(connection.client, { operatorNamespace: flags.operatorNamespace, labs });
    return await use({ facility: facilityOf(objects, `context ${config.getCurrentContext()}`, unread), connection });
  } finally {
    await connection.close();
  }
}

async function readFolder(paths: string[]): Promise<Facility> {
  try {
    const { found, access } = await readManifests(paths);
    const unread = access ? [] : ['no ConfigMap of the operator and no values of the chart: facility administrators are not known'];
    return facilityOf({ ...nothing, ...objectsOf(found), access: access ?? nothing.access }, paths.join(', '), unread);
  } catch (error) {
    if (error instanceof ManifestError) throw new CommandFailed(error.message);
    throw error;
  }
}

/** @throws CommandFailed when the flags name nobody and there is no cluster to ask who is asking */
export async function personOf({ as, asGroup, anonymous }: PersonFlags, connection: Connection | undefined): Promise<Person> {
  if (anonymous) {
    if (as !== undefined || asGroup) throw new CommandFailed('error: give --anonymous or --as, not both');
    return {};
  }
  if (as !== undefined) return { user: as, ...(asGroup && { groups: asGroup }) };
  if (asGroup) throw new CommandFailed('error: --as-group needs --as');
  if (!connection) throw new CommandFailed('error: files do not say who asks; give --as USER or --anonymous');
  const { status } = await connection.client.transport.request<{ status: { userInfo: { username: string; groups?: string[] } } }>({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  });
  const { username, groups = [] } = status.userInfo;
  return username === 'system:anonymous' ? {} : { user: username, groups };
}

/** For standard error: an answer is only as good as what it rests on. */
export const notes = ({ unread }: Facility): string => unread.map((what) => `note: not read: ${what}\n`).join('');
