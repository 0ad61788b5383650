// What pods of a lab may reach outside the cluster: its egress list, less the networks that the facility keeps from every lab. Pure.
import { BlockList } from 'node:net';
import type { Egress } from '../api/egress.ts';
import type { Lab } from '../api/kinds.ts';
import type { Refusal } from './reserve.ts';

export interface EgressRule extends Egress {
  /** Forbidden networks inside of the allowed one. */
  except: string[];
}

export interface Reach {
  rules: EgressRule[];
  /** The first network that the lab cannot have; the others stand. */
  refusal: Refusal | undefined;
}

export function reachOf({ spec }: Lab, neverEgress: string[]): Reach {
  const entries = (spec.network?.egress ?? []).map((entry) => ({
    entry,
    inside: neverEgress.find((never) => contains(never, entry.cidr)),
  }));
  const forbidden = entries.find(({ inside }) => inside !== undefined);
  return {
    rules: entries.flatMap(({ entry, inside }) =>
      inside === undefined ? [{ ...entry, except: neverEgress.filter((never) => contains(entry.cidr, never)).sort() }] : [],
    ),
    refusal: forbidden && {
      reason: 'EgressForbidden',
      message: `spec.network.egress ${forbidden.entry.cidr} lies inside ${forbidden.inside}, which this facility keeps from every lab; remove it`,
    },
  };
}

/** Whether a network (CIDR) is another one or lies inside of it. Networks of different families have nothing in common. */
function contains(outer: string, inner: string): boolean {
  const [one, other] = [parse(outer), parse(inner)];
  if (one.family !== other.family || one.prefix > other.prefix) return false;
  const list = new BlockList();
  list.addSubnet(one.address, one.prefix, one.family);
  return list.check(other.address, other.family);
}

function parse(cidr: string) {
  const [address = '', prefix = ''] = cidr.split('/');
  return { address, prefix: Number(prefix), family: address.includes(':') ? ('ipv6' as const) : ('ipv4' as const) };
}
