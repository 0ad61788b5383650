// The kinds of Bulkhead on a control plane that has neither chart nor operator.
import { join } from 'node:path';
import type { ControlPlane } from '../../cluster/control-plane.ts';
import { kubectlFor } from '../kubectl.ts';

export function installDefinitions(plane: ControlPlane): void {
  const kubectl = kubectlFor(plane);
  kubectl(['apply', '--server-side', '-f', join(import.meta.dirname, '../../../crds')]);
  kubectl(['wait', '--for=condition=Established', '--timeout=20s', 'crd', '--all']);
}
