// A lab on the stage as the scene of requests: an instance of it without any data.
import { Labs } from '../../../src/api/kinds.ts';
import { namespaceOf } from '../../../src/api/names.ts';
import { absent } from '../../../src/verify/absent.ts';
import type { Scene } from '../../../src/verify/scene.ts';
import type { Stage } from './stage.ts';

/** As much of a scene as the pods and Jobs of its instance need. */
export async function sceneOf({ admin }: Stage, lab: string): Promise<Scene> {
  const { uid = 0, gid = 0 } = (await admin.read(Labs, lab))?.status ?? {};
  return {
    namespace: namespaceOf(lab),
    uid,
    gid,
    grantorGid: gid,
    instance: 'relion',
    own: { claim: absent('own') },
    granted: { claim: absent('granted') },
  } as Scene;
}
