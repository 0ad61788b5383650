// Lab controller: makes a lab and keeps it as it is (establish.ts), or takes it down (dismantle.ts), and says so in its status.
import type { AccessModel } from '../access/model.ts';
import { Labs } from '../api/kinds.ts';
import { conditions } from '../kube/conditions.ts';
import { isDefinitionGoing } from '../kube/definition.ts';
import type { Controller, Kube } from '../kube/kube.ts';
import { dismantle } from './dismantle.ts';
import { establish } from './establish.ts';
import { announce } from './events.ts';
import { admissionOf, type LabSettings, labInformers, labWatches } from './gather.ts';
import { Probes } from './probes.ts';
import { held, standing, statusOf, terminating } from './status.ts';

export { labInformers };

/** How often to look whether the next step of taking a lab down may begin. */
const lookAgainMs = 2000;

export function labController(
  kube: Kube,
  access: AccessModel,
  settings: LabSettings,
  clock: () => Date,
  probes = new Probes(),
): Controller {
  const admission = admissionOf(settings);
  return {
    name: 'lab',
    workers: 8, // a pass is a chain of requests that mostly waits; beyond eight under way an API server on few cores gains little
    watches: labWatches(kube.cache, admission),
    async reconcile(name) {
      const lab = kube.cache.get(Labs, name);
      if (!lab) {
        probes.forget(name);
        return {}; // gone: its finalizer has cleaned up
      }
      const isGoing = lab.metadata.deletionTimestamp !== undefined;
      // Nobody deleted this Lab, but the kind: its walls are kept up until somebody decides.
      const isHeld = isGoing && (await isDefinitionGoing(kube, Labs));
      if (!isGoing || isHeld) {
        const { report, requeueAt } = await establish({ kube, access, settings, clock, admission, probes }, lab);
        await kube.applyStatus(Labs, lab, statusOf(lab, isHeld ? held(report) : report, clock()));
        announce(kube, lab, report);
        return { requeueAt };
      }
      const waiting = await dismantle(kube, lab, settings.facilityKey);
      if (waiting === undefined) return {};
      await kube.applyStatus(Labs, lab, statusOf(lab, terminating(lab, waiting), clock()));
      return { requeueAt: new Date(clock().getTime() + lookAgainMs) }; // pods and volumes tell nobody here that they are gone
    },
    async onError(name, { reason, message }) {
      const lab = kube.cache.get(Labs, name);
      if (lab)
        await kube.applyStatus(Labs, lab, {
          ...lab.status,
          conditions: conditions(lab, { state: 'Reconciling', reason, message }, clock(), standing(lab)),
        });
    },
  };
}
