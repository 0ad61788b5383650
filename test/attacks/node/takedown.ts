// Takes a wall down, as nobody but the operator or an administrator of the cluster can, while no operator is there to set it up again.
import { namespaceOf, operatorNamespaceDefault, operatorUser } from '../../../src/api/names.ts';
import { ApiError } from '../../../src/kube/errors.ts';
import { NetworkPolicies, type Pod, Pods, ValidatingAdmissionPolicyBindings } from '../../../src/kube/kind.ts';
import { until } from '../../demo/until.ts';
import type { Facility } from '../../e2e/facility.ts';

export const operatorOf = ({ site }: Facility) => site.as(operatorUser(operatorNamespaceDefault));

/** Deletes network policies of a lab; the operator makes them again when it is back.
 * @param of an instance: those with its name in theirs; absent: all */
export async function takeNetworkPolicies(facility: Facility, lab: string, of = ''): Promise<void> {
  for (const policy of await facility.site.client.list(NetworkPolicies, { namespace: namespaceOf(lab) }))
    if (policy.metadata.name.startsWith(of)) await operatorOf(facility).delete(NetworkPolicies, policy);
}

/** Until every lab has as many network policies as before. */
export async function networkPoliciesBack({ site }: Facility, before: number): Promise<void> {
  await until('the network policies', async () => (await site.client.list(NetworkPolicies)).length === before, { timeoutMs: 60_000 });
}

/** What the API server says to a pod that nobody stores; undefined when it is admitted. */
export async function refusalOf({ site }: Facility, pod: Pod): Promise<string | undefined> {
  try {
    await site.client.create(Pods, pod, { dryRun: true });
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return error.message;
    throw error;
  }
}

/** Does something while the policies on pods and Jobs bind nobody.
 * @param probe what they alone refuse */
export async function withoutPodPolicies(facility: Facility, probe: Pod, work: () => Promise<void>): Promise<void> {
  const { client } = facility.site;
  const names = ['bulkhead-pods', 'bulkhead-jobs'];
  const bindings = await Promise.all(names.map((name) => client.get(ValidatingAdmissionPolicyBindings, name)));
  for (const binding of bindings) await client.delete(ValidatingAdmissionPolicyBindings, binding!);
  try {
    const refused = async () => (await refusalOf(facility, probe))?.includes("'bulkhead-pods'") === true;
    await until('the policies to be gone', async () => !(await refused()), { timeoutMs: 30_000 });
    await work();
  } finally {
    for (const binding of bindings) {
      const { name, labels, annotations } = binding!.metadata;
      await client.create(ValidatingAdmissionPolicyBindings, {
        ...binding!,
        metadata: { name, ...(labels && { labels }), ...(annotations && { annotations }) },
      });
    }
    await until('the policies to be back', async () => (await refusalOf(facility, probe))?.includes("'bulkhead-pods'"), {
      timeoutMs: 30_000,
    });
  }
}
