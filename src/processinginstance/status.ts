// Plan -> status. Pure. Ready says the first cause in words; one condition for each thing that can be wanting explains the rest.
import type { ProcessingInstance } from '../api/kinds.ts';
import { serviceName } from '../api/names.ts';
import type { ProcessingInstanceReason, ProcessingInstanceStatus } from '../api/processinginstance.ts';
import { conditions, type Finding, type Verdict } from '../kube/conditions.ts';
import type { Stored } from '../kube/object.ts';
import type { Plan } from './decide.ts';
import { portsOf } from './intent.ts';
import type { Refusal } from './judge.ts';
import { hostOf } from './objects/pod.ts';

/** Why an instance is not ready. */
export interface Cause {
  reason: ProcessingInstanceReason;
  message: string;
}

/** What became of the claims on ports and licence. */
export interface Claims {
  basePort?: number | undefined;
  findings: Finding[];
  refusal?: (Refusal & { reason: 'PortsExhausted' | 'LicenseInUse' | 'LicenseNotFound' }) | undefined;
}

type Instance = Stored<ProcessingInstance>;

/** The status of an instance for which nothing is made (yet). What it holds stays in the status: its ports never change. */
export const refusedStatus = (
  instance: Instance,
  refusal: Refusal,
  now: Date,
  claims: Claims = { findings: [] },
): ProcessingInstanceStatus => ({
  observedGeneration: instance.metadata.generation ?? 0,
  conditions: conditions(instance, { ...refusal, state: refusal.stalled ? 'Stalled' : 'Reconciling' }, now, claims.findings),
  ...whereabouts(instance, claims.basePort ?? instance.status?.ports?.base),
});

export function statusOf(instance: Instance, plan: Plan, claims: Claims, now: Date): ProcessingInstanceStatus {
  const findings = [
    ...claims.findings,
    ...databaseFinding(instance, plan),
    ...dataFinding(plan),
    ...(plan.outputs ? [plan.outputs.finding] : []),
  ];
  return {
    observedGeneration: instance.metadata.generation ?? 0,
    conditions: conditions(instance, verdictOf(instance, plan), now, findings),
    ...whereabouts(instance, claims.basePort),
  };
}

function verdictOf({ spec }: ProcessingInstance, { causes: [cause], resting, data }: Plan): Verdict {
  if (resting) return { state: 'Resting', ...resting };
  if (cause) return { state: 'Reconciling', ...cause };
  const reservation = data.every(({ mounted }) => mounted) ? '' : '; some of its data is not mounted, see DataMounted';
  return spec.components?.length
    ? { state: 'Ready', reason: 'Ready', message: `the application runs${reservation}` }
    : { state: 'Ready', reason: 'Workspace', message: `Jobs may run as this instance${reservation}` };
}

function databaseFinding({ spec }: ProcessingInstance, { databaseReady }: Plan): Finding[] {
  if (!spec.database) return [];
  return [
    databaseReady
      ? { type: 'DatabaseReady', status: 'True', reason: 'DatabaseReady', message: 'the database accepts connections' }
      : { type: 'DatabaseReady', status: 'False', reason: 'DatabaseStarting', message: 'the database does not accept connections yet' },
  ];
}

function dataFinding({ data }: Plan): Finding[] {
  if (data.length === 0) return [];
  const missing = data.find((verdict) => !verdict.mounted);
  return [
    missing
      ? { type: 'DataMounted', status: 'False', reason: missing.reason, message: missing.message }
      : { type: 'DataMounted', status: 'True', reason: 'DataMounted', message: 'all data of spec.data is available' },
  ];
}

function whereabouts(instance: ProcessingInstance, basePort: number | undefined): Pick<ProcessingInstanceStatus, 'ports' | 'endpoints'> {
  const { metadata, spec } = instance;
  if (basePort === undefined || !spec.ports) return {};
  const host = hostOf(serviceName(metadata.name), metadata.namespace ?? '');
  return {
    ports: { base: basePort, size: spec.ports.size },
    endpoints: portsOf(instance).map(({ name, offset }) => ({ name, port: basePort + offset, host })),
  };
}
