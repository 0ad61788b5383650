// Attacks of people of the lab who may compute, on an instance that is not for them: what it mounts is what its audience may have.
import type { Attack, Wall } from './attack.ts';
import { attemptsIn, withoutData } from './draft.ts';
import { existing } from './manifest.ts';
import { type Scene, withoutVerbs } from './scene.ts';

export function audienceAttacks(scene: Scene): Attack[] {
  const { exclusive, namespace, people, actors } = scene;
  const { instance: serviceAccountName, insider, outsider } = exclusive;
  const asThat = withoutData({ serviceAccountName });
  const { pod, job, cronJob } = attemptsIn(scene);
  const attack = (what: string, attempt: typeof pod): Attack => ({
    name: `a member who is not in the audience of an instance ${what} as it`,
    wall: 'bulkhead-audience',
    says: ['is not in the audience of this instance', serviceAccountName],
    refused: attempt(outsider, asThat),
    admitted: attempt(insider, asThat),
  });
  const template = { spec: { jobTemplate: { spec: { template: { metadata: { labels: { any: 'label' } } } } } } };
  const scheduled = existing('batch/v1', 'CronJob', namespace, scene.existing.cronJob).patch(template);
  const wall: Wall = 'bulkhead-run-as';
  return [
    attack('runs a Job', job),
    attack('runs a pod', pod),
    attack('has a CronJob run', cronJob),
    {
      name: 'somebody changes what the CronJob of somebody else runs',
      wall,
      says: ['cannot be changed', 'make a new CronJob'],
      refused: { as: withoutVerbs(scene, people.member), request: scheduled },
      admitted: { as: actors.clusterAdmin, request: scheduled },
    },
  ];
}
