// What the texts say about a pod in a lab: docs/reference/labpolicy.md and the walls as they are described, once more, in plain TypeScript. It must
// know nothing of src/admission: where the two disagree, one of them is wrong.
import type { LabPolicySpec } from '../../../../src/api/labpolicy.ts';
import type { Pod } from '../../../../src/kube/kind.ts';
import { accountWithoutToken } from './labs.ts';
import type { Requester } from './requesters.ts';

type Spec = NonNullable<Pod['spec']>;
type Container = Spec['containers'][number];
type Volume = NonNullable<Spec['volumes']>[number];

export interface Question {
  /** As it was sent. */
  pod: { metadata: Pod['metadata']; spec: Spec };
  /** A Job is judged by its template, before anything is added to the pod. */
  as: 'Pod' | 'Job';
  policy: LabPolicySpec;
  requester: Requester;
  /** Whether the namespace bears the label of a suspended lab. */
  suspended: boolean;
  at: Date;
}

/** Every reason to refuse; none: the lab admits the pod. */
export function objections(question: Question): string[] {
  return [...walls(question)];
}

function* walls(question: Question): Generator<string> {
  yield* whoIsBarred(question);
  yield* whoRuns(question);
  yield* identity(question);
  yield* contents(question);
  yield* secretsUsed(question);
  yield* claimsMounted(question);
  yield* hardware(question);
  yield* place(question);
  yield* powers(question);
  yield* looks(question);
}

const accountOf = ({ pod }: Question) => pod.spec.serviceAccountName || pod.spec.serviceAccount || 'default';
const isReserved = (account: string) => account.startsWith('bulkhead-');
const containersOf = ({ pod }: Question): Container[] => [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
const volumesOf = ({ pod }: Question): Volume[] => pod.spec.volumes ?? [];
const ownedByStatefulSet = ({ pod }: Question) => (pod.metadata.ownerReferences ?? []).some(({ kind }) => kind === 'StatefulSet');

/** Whatever else a barred person may do, from that instant on; and whoever it is, in a suspended lab. */
function* whoIsBarred({ policy, requester, suspended, at }: Question) {
  const { user, groups = [] } = requester.actor('');
  if (suspended) yield 'the lab is suspended';
  for (const entry of policy.barred ?? [])
    if (entry.user === user && at >= new Date(entry.from) && (entry.externalGroups ?? groups).some((group) => groups.includes(group)))
      yield `${requester.name} is barred since ${entry.from}`;
}

/** Only instances run in a lab, and only those who may compute on one run as it. Controllers copy what was judged before. */
function* whoRuns(question: Question) {
  const account = accountOf(question);
  const { runsAs, trusted } = question.requester;
  if (trusted) return;
  if (account === 'default') yield 'runs under the default account, which is no instance';
  if (isReserved(account)) yield `account ${account} is the operator's`;
  if (runsAs !== 'any' && !runsAs.includes(account)) yield `${question.requester.name} may not run as ${account}`;
}

/** One uid, one gid, the groups of those who granted data; nothing from the image. */
function* identity(question: Question) {
  const { uid, gid, supplementalGroups } = question.policy;
  const security = question.pod.spec.securityContext ?? {};
  if (security.runAsUser !== uid) yield 'another user';
  if (security.runAsGroup !== gid) yield 'another group';
  if (security.runAsNonRoot !== true) yield 'may be root';
  for (const { name, securityContext: own = {} } of containersOf(question)) {
    if (![undefined, uid].includes(own.runAsUser)) yield `container ${name}: another user`;
    if (![undefined, gid].includes(own.runAsGroup)) yield `container ${name}: another group`;
    if (own.runAsNonRoot === false) yield `container ${name}: may be root`;
  }
  if (security.supplementalGroupsPolicy !== 'Strict') yield 'the image may add groups';
  for (const group of security.supplementalGroups ?? [])
    if (group !== gid && !supplementalGroups.includes(group)) yield `supplemental group ${group}`;
  if (![undefined, gid].includes(security.fsGroup)) yield `fsGroup ${security.fsGroup}`;
}

/** The API server takes a volume of no kind, or of a kind it does not know, for an empty directory. */
const inert = ['emptyDir', 'configMap', 'downwardAPI', 'somethingNew'];
const judgedElsewhere = ['secret', 'persistentVolumeClaim'];
const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount';

function* contents(question: Question) {
  for (const { name, ...source } of volumesOf(question))
    for (const [kind, value] of Object.entries(source)) {
      if (kind === 'projected') {
        for (const part of (value as { sources?: { serviceAccountToken?: { audience?: string } }[] }).sources ?? [])
          for (const partKind of Object.keys(part))
            if (!['configMap', 'secret', 'downwardAPI'].includes(partKind) && part.serviceAccountToken?.audience !== 'bulkhead-review')
              yield `volume ${name} projects ${partKind}`;
      } else if (![...inert, ...judgedElsewhere].includes(kind)) yield `volume ${name} is of kind ${kind}`;
    }
  for (const { name, volumeDevices = [] } of containersOf(question))
    if (volumeDevices.length > 0) yield `container ${name} opens a block device`;
  if (question.as === 'Pod' && getsToken(question)) yield 'gets a token of its account';
}

/** The API server adds the token to the pod, unless pod or account say no, or every container has something else in its place. */
function getsToken(question: Question): boolean {
  const wanted = question.pod.spec.automountServiceAccountToken ?? accountOf(question) !== accountWithoutToken;
  const covered = ({ volumeMounts = [] }: Container) => volumeMounts.some(({ mountPath }) => mountPath === tokenPath);
  return wanted && !containersOf(question).every(covered);
}

/** A Secret is for the accounts that the LabPolicy names, by whatever road it comes into a pod. What the kubelet shows to a registry never does. */
function* secretsUsed(question: Question) {
  const account = accountOf(question);
  const used = [
    ...volumesOf(question).flatMap(({ secret, projected }) => [
      ...(secret ? [secret.secretName] : []),
      ...(projected?.sources ?? []).flatMap((source) => (source.secret ? [source.secret.name] : [])),
    ]),
    ...containersOf(question).flatMap(({ env = [], envFrom = [] }) => [
      ...env.flatMap(({ valueFrom }) => (valueFrom?.secretKeyRef ? [valueFrom.secretKeyRef.name] : [])),
      ...envFrom.flatMap(({ secretRef }) => (secretRef ? [secretRef.name] : [])),
    ]),
  ];
  for (const name of used)
    if (!question.policy.secrets.some(({ serviceAccount, secret }) => serviceAccount === account && secret === name))
      yield `Secret ${name} is not for ${account}`;
}

/** A claim is for the accounts that the LabPolicy names: these parts of it, in this mode, until then. */
function* claimsMounted(question: Question) {
  const account = accountOf(question);
  for (const { name, persistentVolumeClaim: volume } of volumesOf(question)) {
    if (!volume) continue;
    const claim = volume.claimName;
    const entries = question.policy.mounts.filter((one) => one.serviceAccount === account && one.claim === claim);
    if (entries.length === 0) {
      yield `claim ${claim} is not for ${account}`;
      continue;
    }
    const writable = entries.filter((entry) => !entry.readOnly);
    if (writable.length === 0 && volume.readOnly !== true) yield `claim ${claim} is named writable`;
    const mounts = containersOf(question).flatMap(({ volumeMounts = [] }) => volumeMounts.filter((mount) => mount.name === name));
    for (const { subPath = '', subPathExpr = '', readOnly } of mounts) {
      if (subPathExpr !== '') yield `claim ${claim}: computed subPath`;
      if (!entries.some(({ subPaths }) => subPaths.includes(subPath))) yield `claim ${claim}: part ${JSON.stringify(subPath)}`;
      else if (readOnly !== true && !writable.some(({ subPaths }) => subPaths.includes(subPath)))
        yield `claim ${claim} is mounted writable`;
    }
    for (const { notAfter } of entries) if (notAfter !== undefined) yield* beyond(question, claim, new Date(notAfter));
  }
}

/** Seconds that a pod which does not want to end may live on. */
const graceSeconds = 30;

/** The kubelet ends the pod at its deadline. Those of a StatefulSet get theirs from the operator when they run. */
function* beyond(question: Question, claim: string, end: Date) {
  const { activeDeadlineSeconds: deadline, terminationGracePeriodSeconds: grace = 0 } = question.pod.spec;
  const { at } = question;
  if (grace > graceSeconds) yield `claim ${claim} ends long before the pod gives up`;
  if (question.requester.trusted === 'statefulset-controller' && ownedByStatefulSet(question)) {
    if (at > end) yield `claim ${claim} is over`;
  } else if (deadline === undefined) yield `claim ${claim} ends, and the pod does not`;
  else if (at.getTime() + deadline * 1000 > end.getTime()) yield `claim ${claim} ends before the pod`;
}

function* hardware(question: Question) {
  const { resources, resourceClaims = [] } = question.pod.spec;
  for (const { limits = {}, requests = {} } of [...containersOf(question).map((container) => container.resources ?? {}), resources ?? {}])
    for (const name of [...Object.keys(limits), ...Object.keys(requests)])
      if (!question.policy.resourceNames.includes(name)) yield `resource ${name}`;
  if (resourceClaims.length > 0) yield 'claims of devices';
}

/** What the API server itself adds to pods. */
const onFailingNodes = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

/** Where it runs is the decision of the scheduler and the facility. */
function* place(question: Question) {
  const { nodeName, runtimeClassName, nodeSelector = {}, schedulerName, priorityClassName = '', tolerations = [] } = question.pod.spec;
  const { policy } = question;
  if (nodeName) yield 'names its node';
  if (policy.closed !== undefined) yield 'nothing starts here';
  if (runtimeClassName !== policy.runtimeClassName) yield `runtime class ${runtimeClassName}`;
  for (const [label, value] of Object.entries(policy.nodeSelector ?? {})) if (nodeSelector[label] !== value) yield `runs without ${label}`;
  if (schedulerName && schedulerName !== 'default-scheduler') yield `scheduler ${schedulerName}`;
  if (priorityClassName.startsWith('system-')) yield `priority ${priorityClassName}`;
  const requested = containersOf(question).flatMap(({ resources }) => Object.keys({ ...resources?.limits, ...resources?.requests }));
  for (const { key = '', operator = 'Equal', value = '', effect = '' } of tolerations) {
    const isOurs = (policy.tolerations ?? []).some(
      (own) => own.key === key && (own.operator ?? 'Equal') === operator && (own.value ?? '') === value && (own.effect ?? '') === effect,
    );
    const isAdded =
      operator === 'Exists' &&
      ((effect === 'NoExecute' && onFailingNodes.includes(key)) ||
        (effect === 'NoSchedule' && (key === 'node.kubernetes.io/memory-pressure' || (key.includes('/') && requested.includes(key)))));
    if (!isOurs && !isAdded) yield `tolerates ${key === '' ? 'everything' : key}`;
  }
}

/** What Pod Security refuses as well, held twice: the labels of the namespace could be lost. */
function* powers(question: Question) {
  const { hostNetwork, hostPID, hostIPC } = question.pod.spec;
  if (hostNetwork || hostPID || hostIPC) yield 'joins the node';
  for (const { name, securityContext: own = {}, ports = [] } of containersOf(question)) {
    if (own.privileged) yield `container ${name} is privileged`;
    if (own.allowPrivilegeEscalation !== false) yield `container ${name} may gain privileges`;
    if ((own.capabilities?.add ?? []).length > 0) yield `container ${name} adds capabilities`;
    if (![undefined, 'Default'].includes(own.procMount)) yield `container ${name} sees all of /proc`;
    if (ports.some(({ hostPort = 0 }) => hostPort !== 0)) yield `container ${name} takes a port of the node`;
  }
}

/** Services and network policies choose pods by labels. */
function* looks(question: Question) {
  const account = accountOf(question);
  const { labels = {} } = question.pod.metadata;
  const { trusted } = question.requester;
  // those of a reserved account are pods of the operator alone
  if (isReserved(account)) return;
  const instance = labels['bulkhead.science/instance'];
  if (![undefined, account].includes(instance)) yield `looks like a pod of ${instance}`;
  if (trusted === 'operator' || (trusted === 'statefulset-controller' && ownedByStatefulSet(question))) return;
  const part = labels['bulkhead.science/part'];
  if (![undefined, 'job'].includes(part)) yield `looks like the ${part} of an instance`;
  if ('bulkhead.science/managed' in labels) yield 'looks like an object of the operator';
}
