// Which reservations one storage root needs. Pure. The root itself is exclusive; every directory above it, below the backend, gets
// a shared marker. Both kinds meet under one name, so a root above or below another root collides with it in the API server.
import { pathReservation } from '../api/names.ts';
import type { ReservationSpec } from '../api/reservation.ts';

export interface PathReservation {
  name: string;
  type: Extract<ReservationSpec['type'], 'StorageRoot' | 'StorageDirectory'>;
  /** `backend:path`, for people. */
  resource: string;
}

/** From the top down, the root last: a claim that must fail fails before it has marked more than it has to (CS-3).
 * @param path segments joined by single slashes, as the schema of a Lab asks for */
export function pathReservations(backend: string, path: string): PathReservation[] {
  const segments = path.split('/');
  return segments.map((_, index) => {
    const directory = segments.slice(0, index + 1).join('/');
    return {
      name: pathReservation(backend, directory),
      type: index === segments.length - 1 ? 'StorageRoot' : 'StorageDirectory',
      resource: `${backend}:${directory}`,
    };
  });
}
