// The attacks of pods once more, in the template of a Job and of a CronJob: refused when it is made, so that its author reads why, and not only a controller.
import type { Pod } from '../kube/kind.ts';
import type { Attack, Attempt, Wall } from './attack.ts';
import { identityAttacks } from './identityattacks.ts';
import { mountAttacks, timeAttacks } from './mountattacks.ts';
import { placementAttacks } from './placementattacks.ts';
import type { Scene } from './scene.ts';

const podOf = ({ request }: Attempt) => request.body as Pod;

/** What is made of the metadata and the specification of a pod. */
type Making = (template: object) => { kind: string; plural: string; spec: object };
const job: Making = (template) => ({ kind: 'Job', plural: 'jobs', spec: { template } });
const cronJob: Making = (template) => ({
  kind: 'CronJob',
  plural: 'cronjobs',
  spec: { schedule: '* * * * *', jobTemplate: { spec: { template } } },
});

export const jobAttacks = (scene: Scene): Attack[] =>
  inTemplates(scene, 'bulkhead-jobs', job, [
    ...identityAttacks(scene),
    ...placementAttacks(scene),
    ...mountAttacks(scene),
    ...timeAttacks(scene),
  ]);

/** The end of a grant is not among them: it counts from the making of the Job. */
export const cronJobAttacks = (scene: Scene): Attack[] =>
  inTemplates(scene, 'bulkhead-cronjobs', cronJob, [...identityAttacks(scene), ...placementAttacks(scene), ...mountAttacks(scene)]);

function inTemplates({ namespace, actors }: Scene, wall: Wall, making: Making, attacks: Attack[]): Attack[] {
  const put = (attempt: Attempt): Attempt => {
    const { metadata, spec } = podOf(attempt);
    const { labels = {}, annotations = {} } = metadata;
    const { kind, plural, spec: content } = making({ metadata: { labels, annotations }, spec });
    // a Job without labels gets those of its template, which is a matter of another policy
    const own = { name: 'attempt', labels: { 'attempt.test/any': 'label' } };
    const body = { apiVersion: 'batch/v1', kind, metadata: own, spec: content };
    return { ...attempt, request: { method: 'POST', path: `/apis/batch/v1/namespaces/${namespace}/${plural}`, body } };
  };
  return (
    attacks
      .filter(({ refused }) => refused.as === actors.member)
      // the token is added to the pod, which is then refused; the template shows nothing of it
      .filter(({ refused }) => podOf(refused).spec?.automountServiceAccountToken === false)
      .map((attack) => ({ ...attack, wall, refused: put(attack.refused), admitted: put(attack.admitted) }))
  );
}
