// The attacks of pods once more, in the template of a Job: refused when the Job is made, so that its author reads why, and not only the job controller.
import type { Pod } from '../kube/kind.ts';
import type { Attack, Attempt } from './attack.ts';
import { identityAttacks } from './identityattacks.ts';
import { mountAttacks, timeAttacks } from './mountattacks.ts';
import type { Scene } from './scene.ts';

const podOf = ({ request }: Attempt) => request.body as Pod;

export function jobAttacks(scene: Scene): Attack[] {
  const { namespace, actors } = scene;
  const asJob = (attempt: Attempt): Attempt => {
    const { metadata, spec } = podOf(attempt);
    const { labels = {}, annotations = {} } = metadata;
    // a Job without labels gets those of its template, which is a matter of another policy
    const own = { name: 'attempt', labels: { 'attempt.test/any': 'label' } };
    const body = { apiVersion: 'batch/v1', kind: 'Job', metadata: own, spec: { template: { metadata: { labels, annotations }, spec } } };
    return { ...attempt, request: { method: 'POST', path: `/apis/batch/v1/namespaces/${namespace}/jobs`, body } };
  };
  return (
    [...identityAttacks(scene), ...mountAttacks(scene), ...timeAttacks(scene)]
      .filter(({ refused }) => refused.as === actors.member)
      // the token is added to the pod, which is then refused; the template shows nothing of it
      .filter(({ refused }) => podOf(refused).spec?.automountServiceAccountToken === false)
      .map((attack) => ({ ...attack, wall: 'bulkhead-jobs', refused: asJob(attack.refused), admitted: asJob(attack.admitted) }))
  );
}
