// Decides what one ProcessingInstance needs next, and what its status says. Pure and total: no cluster, no clock, no log. The order is
// safety: no pod before the policy of the lab lists its mounts, no application before its directories and its database are there.
import { type DataDecision, decideData, type NamedGrant } from '../access/data.ts';
import { earliest } from '../access/earliest.ts';
import type { AccessModel } from '../access/model.ts';
import { type DataGrant, DataGrants, type ProcessingInstance } from '../api/kinds.ts';
import { partLabel } from '../api/labels.ts';
import type { Config } from '../config.ts';
import type { Job, Kind, PersistentVolumeClaim, Pod, StatefulSet } from '../kube/kind.ts';
import type { KubeObject, Stored } from '../kube/object.ts';
import { type Intent, intentOf, type Step, stepKind, type Wanted } from './intent.ts';
import type { Ground } from './judge.ts';
import { volumeToRetain } from './objects/persistentvolumeclaim.ts';
import { type OutputsPlan, outputsOf } from './outputs.ts';
import { missingFromPolicy } from './policy.ts';
import type { Cause } from './status.ts';
import { endingOf, isSuspended } from './suspension.ts';
import { jobProgress, type Progress, statefulSetProgress } from './workload.ts';

export interface Facts {
  instance: Stored<ProcessingInstance>;
  ground: Ground;
  config: Config;
  basePort: number | undefined;
  password: string | undefined;
  model: AccessModel;
  grants: ReadonlyMap<string, NamedGrant>;
  observed: Observed;
  /** What the API server said to a pod that was only tried: nothing, or why it refuses. By the name of the workload. */
  answers: ReadonlyMap<string, string | undefined>;
  now: Date;
}

/** The children that exist. */
export interface Observed {
  claims: PersistentVolumeClaim[];
  statefulSets: Stored<StatefulSet>[];
  jobs: Stored<Job>[];
  pods: Pod[];
  /** What bears the name of the DataGrant for the outputs. */
  outputsGrant?: Stored<DataGrant> | undefined;
  /** Children that go when they are no longer wanted. */
  removable: { kind: Kind<KubeObject>; object: Stored<KubeObject> }[];
}

export interface Plan {
  /** Needed before any pod. */
  foundation: Wanted[];
  /** Volumes that must outlive their claims from now on. */
  retain: string[];
  /** What is recorded of the outputs, when the instance has some. */
  outputs?: OutputsPlan | undefined;
  /** A pod to try before anything else of the workload is written; decide again with the answer. */
  probe?: { name: string; pod: Pod };
  /** What may be written now. */
  workloads: Step[];
  unwanted: { kind: Kind<KubeObject>; object: Stored<KubeObject> }[];
  data: DataDecision[];
  databaseReady: boolean;
  /** Why the instance is not ready, the first cause first. */
  causes: Cause[];
  /** Why nothing runs, on purpose. */
  resting?: Cause;
  nextCheck?: Date | undefined;
}

interface Judged {
  step: Step;
  progress: Progress;
  cause: Cause | undefined;
  mayStart: boolean;
}

export function decide(facts: Facts): Plan {
  const plan = planFor(facts);
  const outputs = outputsOf(facts.instance, facts.ground.lab, plan.data, facts.observed.outputsGrant);
  if (!outputs) return plan;
  const { grant, finding } = outputs;
  return {
    ...plan,
    outputs,
    foundation: [...(grant ? [{ kind: DataGrants as Kind<KubeObject>, object: grant }] : []), ...plan.foundation], // before anything is derived
    causes: [...plan.causes, ...(finding.status === 'False' ? [{ reason: finding.reason, message: finding.message }] : [])],
  };
}

function planFor(facts: Facts): Plan {
  const { instance, ground, observed, now } = facts;
  const data = (instance.spec.data ?? []).map((item) => decideData(item, { ...facts, lab: ground.lab }));
  const intent = intentOf({ ...facts, data, claims: observed.claims });
  if (isSuspended(ground.lab)) return suspendedPlan(facts, intent, data);
  const judged: Judged[] = [];
  for (const step of intent.steps) judged.push(judgeStep(facts, step, judged));
  const untried = judged.find(({ step, progress, mayStart }) => mayStart && isPodless(progress) && !facts.answers.has(step.name));
  const expired = judged.flatMap(({ step, progress }) => failedJob(step, progress, observed, now) ?? []);
  return {
    foundation: intent.foundation,
    retain: observed.claims.flatMap((claim) => volumeToRetain(claim) ?? []),
    ...(untried && { probe: probeOf(instance, untried.step, secondsLeft(data, now)) }),
    workloads: judged
      .filter(({ step, progress, mayStart }) => !isPodless(progress) || (mayStart && facts.answers.has(step.name)))
      .map(({ step }) => step),
    unwanted: [...unwantedOf(intent, observed), ...expired],
    data,
    databaseReady: judged.some(({ step, progress }) => step.part === 'database' && progress.done),
    causes: judged.flatMap(({ cause }) => cause ?? []),
    nextCheck: earliest([
      ...data.map(({ changesAt }) => changesAt),
      ...judged.flatMap(({ progress }) => (!progress.done && progress.retryAt ? [progress.retryAt] : [])),
      ...judged.flatMap(({ cause }) => (cause?.reason === 'PodRefused' ? [retryOf(instance, now)] : [])),
    ]),
  };
}

function suspendedPlan({ observed }: Facts, intent: Intent, data: DataDecision[]): Plan {
  const { workloads, cause } = endingOf(intent.steps, observed);
  return {
    foundation: intent.foundation,
    retain: observed.claims.flatMap((claim) => volumeToRetain(claim) ?? []),
    workloads,
    unwanted: unwantedOf(intent, observed),
    data,
    databaseReady: false,
    causes: cause ? [cause] : [],
    ...(!cause && {
      resting: { reason: 'LabSuspended', message: 'the lab is suspended; nothing of the instance runs, and nothing is lost' },
    }),
  };
}

function judgeStep(facts: Facts, step: Step, earlier: Judged[]): Judged {
  const { ground, observed } = facts;
  const pods = observed.pods.filter(({ metadata }) => metadata.labels?.[partLabel] === step.part);
  const live = observed.statefulSets.find(({ metadata }) => metadata.name === step.name);
  const progress =
    step.part === 'directories'
      ? jobProgress(
          observed.jobs.find(({ metadata }) => metadata.name === step.name),
          pods,
        )
      : statefulSetProgress(step.object, live, pods);

  const missing = missingFromPolicy(ground.policy, step.template.spec);
  const refused = refusalOf(facts.answers.get(step.name), pods);
  const waitsFor = earlier.find(
    ({ step: before, progress }) => step.part === 'component' && !progress.done && (before.part === 'directories' || !live?.spec?.replicas),
  );
  return {
    step,
    progress,
    mayStart: missing === undefined && refused === undefined && waitsFor === undefined,
    cause:
      progress.done && missing === undefined
        ? undefined
        : causeOf(step, { missing, refused, trouble: progress.done ? undefined : progress.trouble }),
  };
}

/** While the old pod of a change still counts against the quota, a second one may exceed it; the new one will not. */
const refusalOf = (words: string | undefined, pods: Pod[]) => (words?.includes('exceeded quota') && pods.length > 0 ? undefined : words);

const described = { directories: 'the Job that makes directories', database: 'the database', component: 'the application' };

function causeOf(
  { part, name, template }: Step,
  why: { missing: string | undefined; refused: string | undefined; trouble: string | undefined },
): Cause {
  const { missing, refused, trouble } = why;
  if (missing !== undefined)
    return { reason: 'Progressing', message: `waiting until the LabPolicy lists ${missing} for ${described[part]}` };
  if (refused !== undefined) return { reason: 'PodRefused', message: `${described[part]}: ${refused}` };
  if (trouble !== undefined) return { reason: 'PodNotRunning', message: trouble };
  if (part === 'directories')
    return { reason: 'Progressing', message: `Job "${name}" makes ${template.spec.containers[0]?.args?.slice(1).join(', ')}` };
  if (part === 'database') return { reason: 'DatabaseStarting', message: 'the database is starting' };
  return { reason: 'Progressing', message: 'the application is starting' };
}

const isPodless = (progress: Progress) => !progress.done && progress.podless;

/** A pod has to end before a mount of it does, unless a StatefulSet makes it. */
const probeOf = ({ metadata }: ProcessingInstance, { name, template }: Step, activeDeadlineSeconds: number | undefined) => ({
  name,
  pod: {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${name.slice(0, 57)}-probe`, namespace: metadata.namespace ?? '', labels: template.metadata.labels },
    spec: { ...template.spec, ...(activeDeadlineSeconds !== undefined && { activeDeadlineSeconds }) },
  },
});

/** Half of the time until the first mount ends, so that the clock of the API server may differ. */
function secondsLeft(data: DataDecision[], now: Date): number | undefined {
  const end = earliest(data.map((decision) => (decision.mounted ? decision.until : undefined)));
  return end && Math.max(1, Math.floor((end.getTime() - now.getTime()) / 2000));
}

function failedJob(step: Step, progress: Progress, { jobs }: Observed, now: Date) {
  if (step.part !== 'directories' || progress.done || !progress.retryAt || now < progress.retryAt) return undefined;
  const object = jobs.find(({ metadata }) => metadata.name === step.name);
  return object && { kind: stepKind(step), object };
}

function unwantedOf({ foundation, steps }: Intent, { removable }: Observed) {
  const wanted = [...foundation, ...steps.map((step) => ({ kind: stepKind(step), object: step.object }))];
  return removable.filter(
    ({ kind, object }) => !wanted.some((other) => other.kind === kind && other.object.metadata.name === object.metadata.name),
  );
}

/** The longer something is refused, the later it is tried again: from one second to one minute. */
function retryOf({ status }: ProcessingInstance, now: Date): Date {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const age = ready?.reason === 'PodRefused' ? now.getTime() - Date.parse(ready.lastTransitionTime) : 0;
  return new Date(now.getTime() + Math.min(Math.max(age, 1000), 60_000));
}
