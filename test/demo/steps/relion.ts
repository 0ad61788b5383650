// A member of lab smith corrects the motion of the granted movies with RELION, through `kubectl bulkhead run`.
import { globalShifts, largestError, type Shift } from '../../samples/star.ts';
import { bulkhead, type Finished, type Watching } from '../bulkhead.ts';
import type { Site } from '../site.ts';
import { movieNames, trueDrift } from './facility.ts';

export const relionImage = 'bulkhead.science/relion:dev';
export const member = 'ada.lin@uni.example';

/** Reads the granted session, writes only below the project directory. The raw movies are linked, because RELION names outputs after inputs. */
const correctMotion = `
mkdir -p /data/projects/krios-0512 && cd /data/projects/krios-0512
mkdir -p Import MotionCorr && ln -sfn /data/raw/krios-0512 Movies
relion_import --do_movies --optics_group_name og1 --angpix 1.5 --kV 300 --Cs 2.7 --Q0 0.1 --i "Movies/*.mrcs" --odir Import/ --ofile movies.star
relion_run_motioncorr --i Import/movies.star --o MotionCorr/ --use_own --j 2 --bin_factor 1 --bfactor 150 --dose_per_frame 1 --preexposure 0 \\
  --patch_x 1 --patch_y 1 --first_frame_sum 1 --last_frame_sum -1
`;

/** `kubectl bulkhead run`. */
export const bulkheadRun = (site: Site, flags: string[], command: string[], watching?: Watching): Promise<Finished> =>
  bulkhead(site, ['run', ...flags, '--', ...command], watching);

/** Flags by which the member runs something in the workspace of the lab. */
export const asRelion = ['-n', 'lab-smith', '--as-instance', 'relion', '--as', member, '--image', relionImage];

export interface Recovered {
  movie: string;
  shifts: Shift[];
  /** Largest distance from the truth, in pixels. */
  error: number;
}

/** @throws Error with the output when a command fails */
export async function recoverDrift(site: Site, show: (line: string) => void): Promise<Recovered[]> {
  const flags = [...asRelion, '--deadline', '10m', '--memory', '1Gi'];
  const corrected = await bulkheadRun(site, flags, ['sh', '-euc', correctMotion], { show });
  if (corrected.exitCode !== 0) throw new Error(`RELION ended with ${corrected.exitCode}: ${corrected.said}${corrected.output}`);
  const recovered: Recovered[] = [];
  for (const movie of movieNames) {
    const { exitCode, output, said } = await bulkheadRun(site, asRelion, [
      'cat',
      `/data/projects/krios-0512/MotionCorr/Movies/${movie}.star`,
    ]);
    if (exitCode !== 0) throw new Error(`the result of ${movie} cannot be read: ${said}`);
    const shifts = globalShifts(output);
    recovered.push({ movie, shifts, error: largestError(shifts, trueDrift) });
  }
  return recovered;
}
