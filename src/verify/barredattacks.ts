// Attacks of people whose membership is suspended or has ended, or who were not seen for too long, though RBAC still lets them in.
import type { Attack, Attempt, Wall } from './attack.ts';
import { attemptsIn } from './draft.ts';
import { create, manifest } from './manifest.ts';
import type { Scene } from './scene.ts';

const api = 'bulkhead.science/v1alpha1';

export function barredAttacks(scene: Scene): Attack[] {
  const { barred, unseen, member, admin } = scene.actors;
  const { pod, job, cronJob } = attemptsIn(scene);
  const made = (object: Parameters<typeof create>[0]) => (as: typeof member) => ({ as, request: create(object, scene.namespace) });
  const subjects = [{ kind: 'Lab', name: 'other' }];
  const by =
    (who: typeof barred, name: string, says: string) =>
    (what: string, wall: Wall, attemptBy: (as: typeof member) => Attempt, twin = member): Attack[] =>
      who ? [{ name: `${name} ${what}`, wall, says: ['may begin nothing', says], refused: attemptBy(who), admitted: attemptBy(twin) }] : [];
  const attack = by(barred, 'somebody who is no member any more', 'membership');
  const attackUnseen = by(unseen, 'somebody who was not seen for too long', 'inactive, because group');
  return [
    attack('runs a pod', 'bulkhead-pods', pod),
    attack('runs a Job', 'bulkhead-jobs', job),
    attack('has a CronJob run for him', 'bulkhead-barred', cronJob),
    attack('makes an instance', 'bulkhead-barred', (as) =>
      made(manifest(api, 'ProcessingInstance', { spec: as.user === undefined ? {} : { owner: as.user } }))(as),
    ),
    attack(
      'shares data',
      'bulkhead-barred',
      (as) => made(manifest(api, 'DataGrant', { spec: { volume: 'projects', paths: ['p1'], subjects, grantor: as.user } }))(as),
      admin,
    ),
    attackUnseen('runs a pod', 'bulkhead-pods', pod),
    attackUnseen('runs a Job', 'bulkhead-jobs', job),
    attackUnseen('has a CronJob run for him', 'bulkhead-barred', cronJob),
  ].flat();
}
