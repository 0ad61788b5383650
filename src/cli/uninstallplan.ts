// What `kubectl bulkhead uninstall` takes away, in which order, and what stays. Pure. The order is safety: people before what they run, labs while the
// operator can still take them down, walls last of all, because a role binding that is left behind would open its lab without them.
import { Labs, Reservations } from '../api/kinds.ts';
import { group, labLabel } from '../api/labels.ts';
import { namespaceOf, peopleBindings, rootVolumeName, staticStorageClass } from '../api/names.ts';
import type { Kind } from '../kube/kind.ts';
import { CustomResourceDefinitions } from '../kube/kind.ts';
import type { KubeObject, Stored } from '../kube/object.ts';
import type { Found, Survey } from './uninstallsurvey.ts';

export type StepName = 'labs' | 'operator' | 'definitions' | 'rights' | 'walls';

export interface Step {
  name: StepName;
  title: string;
  /** In the order of their deletion. */
  objects: Found[];
  /** What goes, for people. */
  says: string[];
}

export interface Plan {
  /** Empty: nothing of Bulkhead is left. */
  steps: Step[];
  /** Where data lies and whose it is, and what else is kept. */
  stays: string[];
  /** Why nothing must be taken away now, with what to do. */
  obstacles: string[];
  /** Who installed the operator, when it is not for us to remove: what to do once the labs are gone. */
  handOver: string | undefined;
}

export interface Wishes {
  /** Reserved ids and paths go, too. Else nobody can ever be given the id of files that stay. */
  forgetReservations: boolean;
}

export function plan(survey: Survey, { forgetReservations }: Wishes): Plan {
  const definitions = survey.definitions.filter(
    ({ metadata }) => forgetReservations || metadata.name !== `${Reservations.plural}.${group}`,
  );
  const steps: Step[] = [
    {
      name: 'labs',
      title: 'Labs, by the operator: people first, then instances with their pods, grants, namespace, volumes',
      objects: found(Labs, survey.labs),
      says: survey.labs.map((lab) => labLine(survey, lab)),
    },
    {
      name: 'operator',
      title: `The operator in namespace ${survey.operatorNamespace}`,
      objects: survey.operator,
      says: lines(survey.operator),
    },
    {
      name: 'definitions',
      title: 'Definitions of kinds',
      objects: found(CustomResourceDefinitions, definitions),
      says: [
        ...lines(found(CustomResourceDefinitions, definitions)),
        ...(forgetReservations && survey.reservations.length > 0
          ? [`with ${count(survey.reservations.length, 'reservation')}: a later lab may be given ids that files on disk belong to`]
          : []),
      ],
    },
    { name: 'rights', title: 'Cluster roles, their bindings, and the storage class', objects: survey.cluster, says: lines(survey.cluster) },
    {
      name: 'walls',
      title: 'Admission policies, last of all',
      objects: survey.walls,
      says: [`${survey.walls.length} policies and bindings`],
    },
  ];
  return {
    steps: steps.filter(({ objects }) => objects.length > 0),
    stays: [...survey.labs.flatMap((lab) => dataLines(survey, lab)), ...formerLines(survey), ...otherLines(survey, forgetReservations)],
    obstacles: obstacles(survey),
    handOver: handOver(survey),
  };
}

/** Any kind: what is done with the objects of a plan is the same for all. */
const found = <T extends KubeObject>(kind: Kind<T>, objects: Stored<T>[]): Found[] =>
  objects.map((object) => ({ kind: kind as unknown as Kind<KubeObject>, object }));
const lines = (objects: Found[]) => objects.map(({ kind, object }) => `${kind.kind} ${object.metadata.name}`);
const count = (amount: number, what: string) => `${amount} ${what}${amount === 1 ? '' : 's'}`;

function labLine({ instances, grants, bindings }: Survey, { metadata: { name } }: Survey['labs'][number]): string {
  const namespace = namespaceOf(name);
  const here = (object: KubeObject) => object.metadata.namespace === namespace;
  const ours: string[] = Object.values(peopleBindings).map((binding) => binding.name);
  const people = new Set(
    bindings
      .filter((binding) => here(binding) && ours.includes(binding.metadata.name))
      .flatMap(({ subjects = [] }) => subjects.map((subject) => subject.name)),
  );
  return `Lab ${name}: ${count(people.size, 'person').replace('persons', 'people')}, ${count(instances.filter(here).length, 'instance')}, ${count(grants.filter(here).length, 'grant')}, namespace ${namespace}`;
}

function dataLines({ volumes }: Survey, { metadata: { name }, spec, status }: Survey['labs'][number]): string[] {
  const owner = status?.uid === undefined ? 'no ids yet' : `uid ${status.uid}, gid ${status.gid}`;
  return (spec.storage ?? []).map((root) => {
    const source = volumes.find(({ metadata }) => metadata.name === rootVolumeName(name, root.name))?.spec;
    const place = source?.nfs ? ` at ${source.nfs.server}:${source.nfs.path}` : source?.hostPath ? ` at ${source.hostPath.path}` : '';
    return `files of lab ${name}, root ${root.name}: ${root.backend}:${root.path}${place} (${owner})`;
  });
}

/** Roots of labs that are gone, as long as somebody remembers them. */
function formerLines({ reservations, labs }: Survey): string[] {
  const alive = new Set(labs.map(({ metadata }) => metadata.uid));
  const former = reservations.filter(({ spec }) => spec.holder?.kind === 'Lab' && !alive.has(spec.holder.uid));
  return former
    .filter(({ spec }) => spec.type === 'StorageRoot')
    .map(({ spec }) => {
      const ofSame = former.filter((other) => other.spec.holder?.uid === spec.holder?.uid);
      const id = (type: string) => ofSame.find((other) => other.spec.type === type)?.spec.resource ?? 'unknown';
      return `files of the former lab ${spec.holder?.name}: ${spec.resource} (uid ${id('UserID')}, gid ${id('GroupID')})`;
    });
}

const otherLines = ({ operatorNamespace, reservations, volumes }: Survey, forgetReservations: boolean): string[] => [
  ...volumes
    .filter(isState)
    .map(
      ({ metadata, spec }) =>
        `volume ${metadata.name} of claim ${spec?.claimRef?.namespace}/${spec?.claimRef?.name}, ${spec?.capacity?.storage}`,
    ),
  ...(reservations.length > 0 && !forgetReservations
    ? [
        `${count(reservations.length, 'reservation')} with their definition: no later lab is given an id or a directory that belongs to files of another`,
      ]
    : []),
  `namespace ${operatorNamespace} with the Secret bulkhead-facility-key, from which passwords of databases are derived`,
];

/** Not the root of a lab: state or database of an instance, or what a member asked for. */
const isState = ({ spec }: Survey['volumes'][number]) => spec?.storageClassName !== staticStorageClass;

function obstacles(survey: Survey): string[] {
  const { labs, namespaces, volumes, definitions } = survey;
  const known = new Set(labs.map(({ metadata }) => metadata.name));
  const going = definitions.filter(({ metadata, spec }) => metadata.deletionTimestamp !== undefined && hasObjects(survey, spec.names.kind));
  return [
    ...going.map(
      ({ metadata, spec }) =>
        `${metadata.name} is being deleted, and the operator holds every ${spec.names.kind} for that reason. Save them (--dry-run --inventory FILE), take their finalizers off, install the chart again, apply the file, and then run this command`,
    ),
    ...namespaces
      .filter(({ metadata }) => !known.has(metadata.labels?.[labLabel] ?? ''))
      .map(
        ({ metadata }) =>
          `namespace ${metadata.name} is that of lab "${metadata.labels?.[labLabel]}", which does not exist, so nobody would take it down. Make that Lab again, with its ids in spec.identity, and then run this command`,
      ),
    ...volumes
      .filter((volume) => isState(volume) && volume.spec?.persistentVolumeReclaimPolicy !== 'Retain')
      .map(
        ({ metadata, spec }) =>
          `volume ${metadata.name} of claim ${spec?.claimRef?.namespace}/${spec?.claimRef?.name} has the reclaim policy ${spec?.persistentVolumeReclaimPolicy}: its data would be deleted. Keep it with: kubectl patch pv ${metadata.name} -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'; or delete the claim`,
      ),
  ];
}

const hasObjects = ({ labs, instances }: Survey, kind: string) =>
  (kind === 'Lab' && labs.length > 0) || (kind === 'ProcessingInstance' && instances.length > 0);

/** Whoever installed the operator would put it back, or be left with a release that is half there. */
function handOver({ operator, operatorNamespace }: Survey): string | undefined {
  const annotations = operator.map(({ object }) => object.metadata.annotations ?? {});
  const tracked = annotations.find((each) => each['argocd.argoproj.io/tracking-id'])?.['argocd.argoproj.io/tracking-id'];
  if (tracked) return `Argo CD manages the operator: delete its Application "${tracked.split(':')[0]}"`;
  const release = annotations.find((each) => each['meta.helm.sh/release-name'])?.['meta.helm.sh/release-name'];
  return release && `the operator is a Helm release: helm uninstall ${release} --namespace ${operatorNamespace}`;
}

/** The plan in words. */
export function describe({ steps, stays, obstacles, handOver }: Plan): string {
  if (steps.length === 0) return 'Nothing of Bulkhead is left to take away.\n';
  const numbered = steps.flatMap(({ name, title, says }, index) => [
    `  ${index + 1}. ${title}`,
    ...says.map((line) => `       ${line}`),
    ...(name === 'operator' && handOver ? [`       by you: ${handOver}, when this command asks for it; then run it again`] : []),
  ]);
  return [
    'This goes, one after the other, each when the one before is gone:',
    ...numbered,
    'This stays:',
    ...stays.map((line) => `  - ${line}`),
    ...(obstacles.length > 0 ? ['This stands in the way:', ...obstacles.map((line) => `  ! ${line}`)] : []),
    '',
  ].join('\n');
}
