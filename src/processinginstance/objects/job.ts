// Job that makes missing directories of the own lab before a pod mounts them: under the ids of the lab, so that they belong to it and
// so that nothing outside its root is in reach, whatever links the lab may have planted. Kept as a record after success.
import type { ClaimMount } from '../../access/data.ts';
import type { ProcessingInstance } from '../../api/kinds.ts';
import { managedLabel } from '../../api/labels.ts';
import type { Placement } from '../../api/labpolicy.ts';
import { directoriesAccount, directoriesJobName } from '../../api/names.ts';
import type { Job } from '../../kube/kind.ts';
import type { Stored } from '../../kube/object.ts';
import { ownedMetadata } from './metadata.ts';
import { basePod, claimMounts, claimVolumes, containerSecurity, type Identity, podLabels } from './pod.ts';

export interface DirectoriesInput {
  claim: string;
  /** Relative to the root, in a stable order: they are part of the name. */
  paths: string[];
  /** Image of the operator. */
  image: string;
  identity: Pick<Identity, 'uid' | 'gid'>;
  placement: Placement;
}

const rootMountPath = '/volume';

export function directoriesJob(instance: Stored<ProcessingInstance>, { claim, paths, image, identity, placement }: DirectoriesInput): Job {
  const root: ClaimMount[] = [{ claim, subPath: '', mountPath: rootMountPath, readOnly: false }];
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: ownedMetadata(instance, directoriesJobName(instance.metadata.name, claim, paths, placement), 'directories'),
    spec: {
      backoffLimit: 2,
      template: {
        metadata: { labels: { [managedLabel]: 'true', ...podLabels(instance.metadata.name, 'directories') } },
        spec: {
          ...basePod(directoriesAccount, { ...identity, supplementalGroups: [] }, placement),
          restartPolicy: 'Never',
          containers: [
            {
              name: 'directories',
              image,
              args: ['directories', ...paths.map((path) => `${rootMountPath}/${path}`)],
              resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '256Mi' } },
              securityContext: { ...containerSecurity, readOnlyRootFilesystem: true },
              volumeMounts: claimMounts(root),
              terminationMessagePolicy: 'FallbackToLogsOnError',
            },
          ],
          volumes: claimVolumes(root),
        },
      },
    },
  };
}
