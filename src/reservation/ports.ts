// Blocks of ports: consecutive, of one size and aligned, one for each instance. The block is reserved by its first port.
import type { Reservation } from '../api/kinds.ts';
import { Reservations } from '../api/kinds.ts';
import { portsReservation } from '../api/names.ts';
import type { Kube } from '../kube/kube.ts';
import { claim, type Holder, heldBy, heldByLive, type Taken } from './claim.ts';

export interface PortRange {
  /** First and last TCP port of the facility, both included. */
  first: number;
  last: number;
  /** Ports of one block. */
  blockSize: number;
}

/** How many whole blocks the range holds. */
export const blockCount = ({ first, last, blockSize }: PortRange): number => Math.floor((last - first + 1) / blockSize);

/** First port of a block. Blocks are aligned and of one size, so two blocks cannot overlap (CS-11).
 * @param index position in the facility's port range, from 0
 * @returns TCP port, `range.first` or above
 * @throws RangeError when the block would end above `range.last` */
export function basePort(index: number, range: PortRange): number {
  if (!Number.isInteger(index) || index < 0 || index >= blockCount(range))
    throw new RangeError(`no block ${index} in ${range.first}-${range.last}`);
  return range.first + index * range.blockSize;
}

/** Gives an instance one block for its whole life: the one that it has, or else the lowest that is free.
 * @param current first port of the block that its status tells; asked for first, should the reservation have been deleted */
export async function claimPorts(kube: Kube, holder: Holder, range: PortRange, current?: number): Promise<{ base: number } | Taken> {
  // Asks the server before taking a block: one taken a moment ago may be missing in the cache, and nobody may get two.
  const held = heldBy(kube.cache, holder.uid).find(isBlock) ?? (await heldByLive(kube, holder.uid)).find(isBlock);
  if (held) return { base: portsOf(held)[0] };
  const free = inOrder(range, kube.cache.list(Reservations).filter(isBlock));
  const again = free.filter((base) => base === current);
  for (const base of [...again, ...free]) {
    const resource = `${base}-${base + range.blockSize - 1}`;
    const answer = await claim(kube, { name: portsReservation(base), type: 'Ports', resource, holder });
    if (!('taken' in answer)) return { base };
  }
  return {
    taken: `every block of ${range.blockSize} ports in ${range.first}-${range.last} belongs to another instance; delete one, or widen ports in the configuration of the facility`,
  };
}

/** The blocks to try: free ones first. Taken ones follow, as their holder may be gone; what overlaps a block of an earlier configuration never. */
function inOrder(range: PortRange, taken: Reservation[]): number[] {
  const bases = Array.from({ length: blockCount(range) }, (_, index) => basePort(index, range));
  const isFree = (base: number) => taken.map(portsOf).every(([first, last]) => last < base || first >= base + range.blockSize);
  const isTaken = new Set(taken.map(({ metadata }) => metadata.name));
  return [...bases.filter(isFree), ...bases.filter((base) => isTaken.has(portsReservation(base)))];
}

const isBlock = ({ spec }: Reservation) => spec.type === 'Ports';
const portsOf = ({ spec }: Reservation) => spec.resource.split('-').map(Number) as [first: number, last: number];
