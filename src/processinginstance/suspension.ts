// What becomes of an instance while its lab is suspended. Pure. The application ends first, its database when nothing uses it any more;
// claims, ports and everything else stay as they are.
import type { Lab } from '../api/kinds.ts';
import { partLabel } from '../api/labels.ts';
import type { StatefulSet } from '../kube/kind.ts';
import type { Observed } from './decide.ts';
import type { Step } from './intent.ts';
import type { Cause } from './status.ts';

/** Until its status says that it is not, the lab still keeps pods out. */
export const isSuspended = ({ spec, status }: Lab): boolean =>
  spec.suspended === true || (status?.conditions ?? []).some(({ type, reason }) => type === 'Ready' && reason === 'Suspended');

export interface Ending {
  /** Workloads without their pods, as they may be written now; none is made. */
  workloads: Step[];
  /** What has yet to end; absent: all is at rest. */
  cause: Cause | undefined;
}

export function endingOf(steps: Step[], { statefulSets, pods }: Observed): Ending {
  const has = (part: string) => pods.some(({ metadata }) => metadata.labels?.[partLabel] === part);
  const exists = ({ name }: Step) => statefulSets.some(({ metadata }) => metadata.name === name);
  const running = (['component', 'database'] as const).find(has);
  return {
    workloads: steps.filter((step) => exists(step) && (step.part === 'component' || !has('component'))).flatMap(withoutPods),
    cause: running && { reason: 'LabSuspended', message: `the lab is suspended; ${described[running]} is ending` },
  };
}

const described = { component: 'the application', database: 'the database' };

/** Jobs are suspended by the lab, along with those of people. */
const withoutPods = (step: Step): Step[] =>
  step.part === 'directories'
    ? []
    : [{ ...step, object: { ...step.object, spec: { ...step.object.spec, replicas: 0 } as StatefulSet['spec'] } }];
