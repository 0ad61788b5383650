// Every admission policy of Bulkhead, each followed by its binding: what the chart installs and what Isolated means. They stand in the
// API server and need nothing of the operator.
import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '../kube/kind.ts';
import { accountTokensPolicy } from './accounttokens.ts';
import { audiencePolicy } from './audience.ts';
import { barredPolicy } from './barred.ts';
import { claimsPolicy } from './claims.ts';
import { connectionsPolicy, schedulingPolicy } from './connections.ts';
import { definitionsPolicy } from './definitions.ts';
import { grantsPolicy } from './grants.ts';
import { labsPolicy } from './labs.ts';
import { managedKindsPolicy } from './managedkinds.ts';
import { namespacesPolicy } from './namespaces.ts';
import { operatorPolicy } from './operator.ts';
import { outputsPolicy } from './outputs.ts';
import { ownersPolicy } from './owners.ts';
import { cronJobsPolicy, jobsPolicy, podsPolicy } from './pods.ts';
import { podUpdatesPolicy } from './podupdates.ts';
import { protectedObjectsPolicy } from './protectedobjects.ts';
import { recordsPolicy } from './records.ts';
import { runAsPolicy } from './runas.ts';
import { servicesPolicy } from './services.ts';
import type { AdmissionSettings } from './settings.ts';
import { sharingPolicy } from './sharing.ts';
import { volumesPolicy } from './volumes.ts';

export type { AdmissionSettings } from './settings.ts';

export function policies(settings: AdmissionSettings): (ValidatingAdmissionPolicy | ValidatingAdmissionPolicyBinding)[] {
  return [
    ...podsPolicy(settings),
    ...jobsPolicy(settings),
    ...cronJobsPolicy(settings),
    ...runAsPolicy(settings),
    ...audiencePolicy(settings),
    ...podUpdatesPolicy(settings),
    ...connectionsPolicy(settings),
    ...schedulingPolicy(),
    ...managedKindsPolicy(settings),
    ...protectedObjectsPolicy(settings),
    ...accountTokensPolicy(),
    ...claimsPolicy(settings),
    ...servicesPolicy(settings),
    ...namespacesPolicy(settings),
    ...volumesPolicy(settings),
    ...labsPolicy(settings),
    ...grantsPolicy(),
    ...sharingPolicy(settings),
    ...ownersPolicy(),
    ...outputsPolicy(settings),
    ...barredPolicy(),
    ...recordsPolicy(settings),
    ...definitionsPolicy(),
    ...operatorPolicy(settings),
  ];
}
