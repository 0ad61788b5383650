// A pod with its parts at hand, so that an attack is one line: what it changes in a pod that the lab may run.
import type { Pod } from '../kube/kind.ts';
import { isAbsent } from './absent.ts';
import type { Actor, Request } from './actor.ts';
import type { Attempt } from './attack.ts';
import type { Scene } from './scene.ts';

type Spec = NonNullable<Pod['spec']>;
type Container = Spec['containers'][number];
type Volume = NonNullable<Spec['volumes']>[number];

export interface Draft {
  pod: Pod & { spec: Spec };
  spec: Spec;
  security: NonNullable<Spec['securityContext']>;
  main: Container & { securityContext: NonNullable<Container['securityContext']>; volumeMounts: NonNullable<Container['volumeMounts']> };
  /** Volume and mount of the lab's own data, and of the granted data. */
  own: { volume: { claimName: string; readOnly?: boolean }; mount: NonNullable<Container['volumeMounts']>[number] };
  granted: Draft['own'];
}
/** What an attack does to the pod; its result means nothing. */
export type Change = (draft: Draft) => unknown;

/** A pod that the lab may run: as its instance, with its own data writable and the granted data read-only, until the grant ends. A lab that lacks
 *  one of the two has the pod without it; a change that asks for it leaves the mark of what is absent. */
export function labPod(scene: Scene, change?: Change): Pod & { spec: Spec } {
  const own = { volume: { claimName: scene.own.claim }, mount: mountOf('own', scene.own.subPath) };
  const granted = {
    volume: { claimName: scene.granted.claim, readOnly: true },
    mount: { ...mountOf('granted', scene.granted.subPath), readOnly: true },
  };
  const there = Object.entries({ own, granted }).filter(([, { volume }]) => !isAbsent(volume.claimName));
  const main = {
    name: 'main',
    image: 'bulkhead.invalid/attempt:none',
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    resources: { requests: { cpu: '10m' }, limits: { cpu: '10m' } },
    volumeMounts: there.map(([, { mount }]) => mount),
  };
  const security = {
    runAsUser: scene.uid,
    runAsGroup: scene.gid,
    fsGroup: scene.gid,
    runAsNonRoot: true,
    supplementalGroups: isAbsent(scene.grantorGid) ? [] : [scene.grantorGid],
    supplementalGroupsPolicy: 'Strict',
    seccompProfile: { type: 'RuntimeDefault' },
  };
  const { nodeSelector, tolerations, runtimeClassName } = scene.placement ?? {};
  const spec: Spec = {
    ...(nodeSelector && { nodeSelector: { ...nodeSelector } }),
    ...(tolerations && { tolerations: [...tolerations] }),
    ...(runtimeClassName !== undefined && { runtimeClassName }),
    serviceAccountName: scene.instance,
    automountServiceAccountToken: false,
    restartPolicy: 'Never',
    activeDeadlineSeconds: 60,
    securityContext: security,
    containers: [main],
    volumes: there.map(([name, { volume }]) => ({ name, persistentVolumeClaim: volume })),
  };
  const metadata: Pod['metadata'] = { name: 'attempt', namespace: scene.namespace };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec };
  const asked = <Data extends Draft['own']>(data: Data): Data => {
    const { claimName } = data.volume;
    if (isAbsent(claimName)) metadata.annotations = { ...metadata.annotations, [claimName]: '' };
    return data;
  };
  change?.({
    pod,
    spec,
    security,
    main,
    get own() {
      return asked(own);
    },
    get granted() {
      return asked(granted);
    },
  });
  return pod;
}
const mountOf = (name: string, subPath: string) => ({ name, mountPath: `/${name}`, ...(subPath !== '' && { subPath }) });

/** A Job with the same pod. */
export function labJob(scene: Scene, change?: Change) {
  const { metadata, spec } = labPod(scene, change);
  const { labels = {}, annotations = {} } = metadata;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'attempt', namespace: scene.namespace },
    spec: { template: { metadata: { labels, annotations }, spec } },
  };
}

/** Attempts of an actor in the lab of the scene. */
export function attemptsIn(scene: Scene) {
  const { namespace } = scene;
  const post = (as: Actor, path: string, body: object): Attempt => ({ as, request: { method: 'POST', path, body } satisfies Request });
  return {
    pod: (as: Actor, change?: Change) => post(as, `/api/v1/namespaces/${namespace}/pods`, labPod(scene, change)),
    job: (as: Actor, change?: Change) => post(as, `/apis/batch/v1/namespaces/${namespace}/jobs`, labJob(scene, change)),
    cronJob: (as: Actor, change?: Change) =>
      post(as, `/apis/batch/v1/namespaces/${namespace}/cronjobs`, {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata: { name: 'attempt' },
        spec: { schedule: '* * * * *', jobTemplate: labJob(scene, change) },
      }),
  };
}

/** A further volume, mounted by the main container. */
export const withVolume =
  (source: Omit<Volume, 'name'>, mount: object = {}): Change =>
  ({ spec, main }) => {
    spec.volumes?.push({ name: 'added', ...source });
    main.volumeMounts.push({ name: 'added', mountPath: '/added', ...mount });
  };

/** An init container like the main one, but for some fields. */
export const withInit =
  (fields: Partial<Container>): Change =>
  ({ spec, main }) =>
    Object.assign(spec, { initContainers: [{ ...structuredClone(main), name: 'first', ...fields }] });

/** Nothing mounted, under another account; without a name, under none that is given. */
export const withoutData =
  (account?: { serviceAccountName?: string; serviceAccount?: string }): Change =>
  ({ spec, main }) => {
    delete spec.volumes;
    main.volumeMounts.length = 0;
    if (!account) return;
    delete spec.serviceAccountName;
    Object.assign(spec, account);
  };

export const withLabels =
  (labels: Record<string, string>): Change =>
  ({ pod }) =>
    Object.assign(pod.metadata, { labels });
