// The flags of `kubectl bulkhead run`, checked before anything is asked of the API server.
import { randomBytes } from 'node:crypto';
import { dnsLabel, quantity } from '../api/schema.ts';
import type { ConnectionFlags } from './connection.ts';
import { parseDuration } from './duration.ts';
import { badFlag } from './error.ts';

export interface RunFlags extends ConnectionFlags {
  asInstance: string;
  image?: string;
  name?: string;
  deadline?: string;
  gpu?: string;
  cpu?: string;
  memory?: string;
}

export type RunRequest = ReturnType<typeof parseFlags>;

/** What the flags of `run` mean; the name of the Job is made up when none is given.
 * @throws CommandFailed that names flag, value and what is allowed */
export function parseFlags({ asInstance, image, name, deadline, gpu, cpu, memory }: RunFlags) {
  const deadlineSeconds = deadline === undefined ? undefined : parseDuration(deadline);
  if (deadline !== undefined && deadlineSeconds === undefined)
    throw badFlag('--deadline', deadline, 'give a duration such as 90s, 45m, 2h or 1h30m');
  if (gpu !== undefined && !/^[1-9][0-9]?$/.test(gpu)) throw badFlag('--gpu', gpu, 'give a whole number from 1 to 99');
  for (const [flag, value] of [
    ['--cpu', cpu],
    ['--memory', memory],
  ] as const)
    if (value !== undefined && !quantity.safeParse(value).success)
      throw badFlag(flag, value, 'give a Kubernetes quantity such as 500m, 2 or 8Gi');
  if (name !== undefined && !dnsLabel.safeParse(name).success)
    throw badFlag('--name', name, 'at most 40 lower-case letters, digits and "-", starting and ending with a letter or digit');
  return {
    image,
    deadlineSeconds,
    name: name ?? `${asInstance.slice(0, 34)}-${randomBytes(4).readUInt32BE().toString(36).slice(-5).padStart(5, '0')}`,
    resources: { ...(gpu && { gpu: Number(gpu) }), ...(cpu && { cpu }), ...(memory && { memory }) },
  };
}
