// What an instance writes was made from what it mounts: the platform does not see which file came from which, so all that is mounted counts (a
// safe upper bound). Pure. The DataGrant that says so outlives the instance, as the data does, and inputs are only ever added to it.
import type { DataDecision } from '../access/data.ts';
import type { Place } from '../access/facts.ts';
import { segments } from '../access/read.ts';
import { apiVersion, type DataGrant, DataGrants, type Lab, type ProcessingInstance } from '../api/kinds.ts';
import { managedLabel } from '../api/labels.ts';
import { outputsGrantName } from '../api/names.ts';
import type { ProcessingInstanceReason } from '../api/processinginstance.ts';
import type { Finding } from '../kube/conditions.ts';
import type { Stored } from '../kube/object.ts';

export interface OutputsPlan {
  /** Absent: nothing has to be recorded, or nothing can be. */
  grant?: DataGrant;
  finding: Finding & { reason: ProcessingInstanceReason };
}

type Input = NonNullable<DataGrant['spec']['derivedFrom']>[number];

/** As many as a DataGrant holds. */
const mostInputs = 128;

/** @param found what bears the name of the grant already */
export function outputsOf(
  { metadata: { name, namespace = '' }, spec: { outputs } }: ProcessingInstance,
  lab: Lab,
  data: DataDecision[],
  found: Stored<DataGrant> | undefined,
): OutputsPlan | undefined {
  if (!outputs) return undefined;
  const { volume, path } = outputs;
  const refuse = (reason: ProcessingInstanceReason, message: string): OutputsPlan => ({
    finding: { type: 'OutputsRecorded', status: 'False', reason, message: `spec.outputs: ${message}` },
  });
  const say = (message: string): OutputsPlan['finding'] => ({
    type: 'OutputsRecorded',
    status: 'True',
    reason: 'OutputsRecorded',
    message,
  });
  if (!lab.spec.storage?.some((root) => root.name === volume)) return refuse('VolumeUnknown', `volume "${volume}" is unknown in this lab`);
  const grantName = outputsGrantName(name, volume, path);
  // Nobody else can put the label on anything.
  if (found && found.metadata.labels?.[managedLabel] === undefined)
    return refuse('ObjectTaken', `DataGrant "${grantName}" was not made by Bulkhead; look at what it is for, then delete it`);
  const isOutput = ({ lab: owner, ...place }: Place) =>
    owner === lab.metadata.name && place.volume === volume && segments(path).every((segment, index) => segment === place.path[index]);
  const mounted = data.flatMap((decision) => (decision.mounted && !isOutput(decision.place) ? inputOf(decision.place) : []));
  const inputs = union(found?.spec.derivedFrom ?? [], mounted);
  if (inputs.length === 0) return { finding: say('nothing is mounted besides the output, so nothing has to be recorded') };
  if (inputs.length > mostInputs)
    return refuse('TooManyInputs', `${inputs.length} inputs, and a DataGrant holds ${mostInputs}; name another path, or fewer data`);
  return {
    grant: {
      apiVersion,
      kind: DataGrants.kind,
      metadata: { name: grantName, namespace, labels: { [managedLabel]: 'true' } }, // no owner: it stays when the instance goes
      spec: { volume, paths: [path], derivedFrom: inputs },
    },
    finding: say(`DataGrant "${grantName}" says what ${volume}/${path} was derived from: ${inputs.map(keyOf).join(', ')}`),
  };
}

const inputOf = ({ lab, volume, path }: Place): Input => ({ lab, volume, ...(path.length > 0 && { path: path.join('/') }) });

/** Sorted: an equal set is an equal text. */
const union = (...lists: Input[][]): Input[] =>
  [...new Map(lists.flat().map((input) => [keyOf(input), input]))].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, input]) => input);
const keyOf = ({ lab, volume, path }: Input) => `${lab}:${volume}${path === undefined ? '' : `/${path}`}`;
