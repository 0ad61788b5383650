// Where the pods of a lab run: what its placement profile says, for the LabPolicy. Pure. Fails closed: a lab whose profile is unknown, for
// example because the facility took it away, gets no pod anywhere.
import type { Lab } from '../api/kinds.ts';
import type { LabPolicySpec } from '../api/labpolicy.ts';
import type { Config } from '../config.ts';
import type { Refusal } from './reserve.ts';

export function placement(
  lab: Lab,
  config: Pick<Config, 'placement'>,
): Pick<LabPolicySpec, 'nodeSelector' | 'tolerations' | 'runtimeClassName' | 'closed'> {
  const refusal = placementRefusal(lab, config);
  if (refusal) return { closed: refusal.message };
  const { nodeSelector = {}, tolerations = [], runtimeClassName } = config.placement.find(({ name }) => name === lab.spec.placement) ?? {};
  return {
    ...(Object.keys(nodeSelector).length > 0 && { nodeSelector }),
    ...(tolerations.length > 0 && { tolerations }),
    ...(runtimeClassName !== undefined && { runtimeClassName }),
  };
}

export function placementRefusal({ spec }: Lab, { placement: profiles }: Pick<Config, 'placement'>): Refusal | undefined {
  if (spec.placement === undefined || profiles.some(({ name }) => name === spec.placement)) return undefined;
  const known = profiles.length > 0 ? profiles.map(({ name }) => name).join(', ') : 'none';
  return { reason: 'PlacementUnknown', message: `spec.placement "${spec.placement}" is no placement profile; this facility has ${known}` };
}
