// Who plays on the stage: the labs, their instances and people, and what the neighbour gives to the attacker.
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
