// Everything that people have written down about labs, as a file that a later installation can apply: with the ids of each lab, so that it gets its
// files back. Pure.
import { stringify } from 'yaml';
import type { DataGrant, Lab } from '../api/kinds.ts';
import { managedLabel } from '../api/labels.ts';
import { outputsPrefix } from '../api/names.ts';
import type { KubeObject, Stored } from '../kube/object.ts';
import type { Survey } from './uninstallsurvey.ts';

const header = `# Labs of a facility, to be applied after Bulkhead was installed again with the same storage backends:
#   kubectl apply --server-side -f FILE
# What lives in namespaces of labs is refused until those are there: wait for the Labs, and apply the file once more.
#   kubectl wait --for=condition=Ready lab --all
`;

export function inventory({ labs, dataRoles, grants, instances, reservations }: Survey): string {
  const documents = [
    ...dataRoles.map((role) => written(role)),
    ...labs.map((lab) => written({ ...lab, spec: { ...lab.spec, ...identityOf(lab) } })),
    ...grants.map((grant) => written(ofPeople(grant))),
    ...instances.map((object) => written(object)),
  ];
  const alive = new Set(labs.map(({ metadata }) => metadata.uid));
  const former = reservations
    .filter(
      ({ spec }) =>
        (spec.type === 'UserID' || spec.type === 'GroupID' || spec.type === 'StorageRoot') && !alive.has(spec.holder?.uid ?? ''),
    )
    .map(({ spec }) => `#   ${spec.type} ${spec.resource} of lab ${spec.holder?.name}\n`)
    .sort();
  const tail =
    former.length > 0 ? `# Reserved for labs that were deleted earlier; their files may still be there:\n${former.join('')}` : '';
  return header + tail + documents.map((object) => `---\n${stringify(object, { lineWidth: 0 })}`).join('');
}

/** Files belong to the ids that the lab had, whether somebody chose them or they were given. */
const identityOf = ({ status }: Lab) =>
  status?.uid !== undefined && status.gid !== undefined ? { identity: { uid: status.uid, gid: status.gid } } : {};

/** What the operator has recorded, as a grant of the facility beside which it can begin a record of its own: what results were derived from must
 *  not be forgotten, or they would be open to people who may not read the inputs. */
function ofPeople(grant: Stored<DataGrant>): Stored<DataGrant> {
  const { [managedLabel]: managed, ...labels } = grant.metadata.labels ?? {};
  if (managed === undefined) return grant;
  const name = `former-${grant.metadata.name.slice(outputsPrefix.length)}`;
  return { ...grant, metadata: { ...grant.metadata, name, labels } };
}

/** What a person would write: no status, and no metadata that a server or a tool has added. */
function written<T extends KubeObject & { spec: unknown }>({ apiVersion, kind, metadata, spec }: Stored<T>) {
  const { name, namespace, labels, annotations = {} } = metadata;
  const own = Object.fromEntries(Object.entries(annotations).filter(([key]) => !isOfTool(key)));
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace && { namespace }),
      ...(labels && Object.keys(labels).length > 0 && { labels }),
      ...(Object.keys(own).length > 0 && { annotations: own }),
    },
    spec,
  };
}

const isOfTool = (annotation: string) => /^(kubectl\.kubernetes\.io|argocd\.argoproj\.io|meta\.helm\.sh)\//.test(annotation);
