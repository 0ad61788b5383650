// What the tools show of a lab beside what the access model knows: out of its object, or out of its exported policy, which says less. Pure.
import type { Condition } from '../../api/schema.ts';
import type { Objects } from './objects.ts';

export interface LabView {
  name: string;
  displayName: string;
  contacts: { name: string; email: string }[];
  /** Names of its storage roots. */
  volumes: string[];
  /** Absent: whoever asks may not read the Lab. */
  conditions?: Condition[];
}

export function labView({ labs, policies }: Pick<Objects, 'labs' | 'policies'>, name: string): LabView | undefined {
  const lab = labs.find(({ metadata }) => metadata.name === name);
  if (lab) {
    const { displayName = name, contacts = [], storage = [] } = lab.spec;
    return { name, displayName, contacts, volumes: storage.map((root) => root.name), conditions: lab.status?.conditions ?? [] };
  }
  const policy = policies.find((one) => one.lab.name === name);
  return policy && { name, displayName: name, contacts: [], volumes: policy.volumes };
}

/** Sorted. */
export const labNames = ({ labs, policies }: Pick<Objects, 'labs' | 'policies'>): string[] =>
  [...labs.map(({ metadata }) => metadata.name), ...policies.map(({ lab }) => lab.name)].toSorted();
