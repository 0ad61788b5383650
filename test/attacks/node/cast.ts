// Who plays on the stage: the labs, their instances and people, and what the neighbour gives to the attacker.
import type { ProcessingInstanceSpec } from '../../../src/api/processinginstance.ts';
import { toolbox } from '../../cluster/images/catalogue.ts';

export const attacker = 'attacker';
export const neighbour = 'neighbour';
export const [application, workspace] = ['app', 'work'];
export const memberOf = (lab: string) => `member@${lab}.example`;
/** What the grants of the neighbour give, on either backend. */
export const given = 'shared/session';
/** Backends and the storage root that each lab has there. */
export const roots = [
  { root: 'projects', backend: 'facility', grant: 'files', granted: '/granted' },
  { root: 'scratch', backend: 'local', grant: 'local', granted: '/granted-local' },
];
/** An application that answers on its port, with a database. */
export const served: ProcessingInstanceSpec = {
  ports: { size: 1 },
  database: { engine: 'PostgreSQL', version: '15', size: '1Gi' },
  components: [
    {
      name: 'server',
      image: toolbox.reference,
      command: ['sh', '-c', 'exec toolbox serve :$BULKHEAD_PORT_WEB hello'],
      ports: [{ name: 'web', offset: 0 }],
      resources: { cpu: '10m', memory: '64Mi' },
    },
  ],
};
