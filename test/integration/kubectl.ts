// kubectl against one control plane, for tests that are about what a user of kubectl sees.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { ControlPlane } from '../cluster/control-plane.ts';

export interface Answer {
  accepted: boolean;
  /** What kubectl printed; warnings of the API server are in `errors`. */
  output: string;
  errors: string;
}

export type Kubectl = (args: string[], ...objects: object[]) => Answer;

/** Objects are given to kubectl on standard input. */
export const kubectlFor =
  (plane: Pick<ControlPlane, 'binDir' | 'kubeconfig'>): Kubectl =>
  (args, ...objects) => {
    const input = objects.map((object) => JSON.stringify(object)).join('\n---\n');
    const { status, stdout, stderr } = spawnSync(join(plane.binDir, 'kubectl'), ['--kubeconfig', plane.kubeconfig, ...args], {
      input,
      encoding: 'utf8',
    });
    return { accepted: status === 0, output: stdout, errors: stderr };
  };
