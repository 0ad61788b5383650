// Blocks of ports: consecutive, of one size and aligned, one for each instance. The block is reserved by its first port.
import type { Reservation } from '../api/kinds.ts';
import { Reservations } from '../api/kinds.ts';
import { portsReservation } from '../api/names.ts';
import type { Kube } from '../kube/kube.ts';
import type { Stored } from '../kube/object.ts';
import { byAge, claim, confirmed, type Holder, heldBy, heldByLive, type Taken } from './claim.ts';

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
  const isCurrent = (block: Reservation) => baseOf(block) === current;
  const cached = heldBy(kube.cache, holder.uid).filter(isBlock);
  if (current !== undefined && cached.length === 1 && cached.every(isCurrent)) return { base: current };
  // Asks the server before taking a block: one taken a moment ago may be missing in the cache, and nobody may get two.
  if (!(await heldByLive(kube, holder.uid)).some(isBlock)) await takeBlock(kube, holder, range, current);
  const blocks = (await confirmed(kube, holder)).filter(isBlock);
  // Two copies may each have taken one for it. All agree on the oldest, unless the instance listens on another already.
  const kept = blocks.find(isCurrent) ?? blocks[0];
  for (const block of blocks) if (block !== kept) await kube.delete(Reservations, block);
  if (kept) return { base: baseOf(kept) };
  return {
    taken: `every block of ${range.blockSize} ports in ${range.first}-${range.last} belongs to another instance; delete one, or widen ports in the configuration of the facility`,
  };
}

/** Takes the first block that nobody has. One that the cache shows as taken is not asked for: when it is given back, a watch tells. */
async function takeBlock(kube: Kube, holder: Holder, range: PortRange, current: number | undefined): Promise<void> {
  const taken = kube.cache.list(Reservations).filter(isBlock);
  const bases = Array.from({ length: blockCount(range) }, (_, index) => basePort(index, range));
  const free = bases.filter((base) => !taken.some((block) => overlap(portsOf(block), portsFrom(base, range))));
  for (const base of [...free.filter((base) => base === current), ...free]) {
    const resource = portsFrom(base, range).join('-');
    const answer = await claim(kube, { name: portsReservation(base), type: 'Ports', resource, holder });
    if ('taken' in answer) continue;
    if (!(await lostToEarlierGrid(kube, answer, range))) return;
    await kube.delete(Reservations, answer);
  }
}

/** On one grid the name settles who has a block. After the configuration has changed, blocks of two grids may overlap under two names,
 * and a late cache may not show it: then the older one stays. */
async function lostToEarlierGrid(kube: Kube, block: Stored<Reservation>, range: PortRange): Promise<boolean> {
  const isOnGrid = (other: Reservation) => {
    const [first, last] = portsOf(other);
    return (first - range.first) % range.blockSize === 0 && last - first + 1 === range.blockSize;
  };
  if (kube.cache.list(Reservations).filter(isBlock).every(isOnGrid)) return false;
  const all = await kube.readAll(Reservations);
  return all.some(
    (other) =>
      isBlock(other) && other.metadata.uid !== block.metadata.uid && overlap(portsOf(other), portsOf(block)) && byAge(other, block) < 0,
  );
}

type Ports = [first: number, last: number];
const overlap = ([first, last]: Ports, [otherFirst, otherLast]: Ports) => first <= otherLast && otherFirst <= last;
const portsFrom = (base: number, { blockSize }: PortRange): Ports => [base, base + blockSize - 1];
const portsOf = ({ spec }: Reservation) => spec.resource.split('-').map(Number) as Ports;
const baseOf = (block: Reservation) => portsOf(block)[0];
const isBlock = ({ spec }: Reservation) => spec.type === 'Ports';
