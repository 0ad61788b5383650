// The lab of the scene behind all its walls, on an API server of its own: policies, and the roles of the chart bound as the operator binds them.
import type { Impersonator } from '../../../src/verify/actor.ts';
import { startControlPlane } from '../../cluster/control-plane.ts';
import { awaitPolicy, furnish, impersonatorFor, prepare, raiseWalls } from './lab.ts';
import { giveRoles } from './roles.ts';

export interface Stage {
  impersonator: Impersonator;
  end(): Promise<void>;
}

export async function setStage(): Promise<Stage> {
  const controlPlane = await startControlPlane({ controllerManager: true });
  const impersonator = impersonatorFor(controlPlane.kubeconfig);
  const stage = {
    impersonator,
    async end() {
      await impersonator.close();
      await controlPlane.stop();
    },
  };
  try {
    await prepare(impersonator);
    await furnish(impersonator);
    await giveRoles(impersonator);
    await raiseWalls(impersonator);
    await awaitPolicy(impersonator);
    return stage;
  } catch (error) {
    await stage.end();
    throw error;
  }
}
