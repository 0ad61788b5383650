// Who sends a random pod. What each may do is given in stage.ts and known to the oracle from here.
import { type Actor, controller, person, serviceAccount } from '../../../../src/verify/actor.ts';
import { settings } from '../lab.ts';
import { accounts, users } from './labs.ts';

export interface Requester {
  name: string;
  actor: (namespace: string) => Actor;
  /** Accounts as which it may run: it holds the verb `compute` on the instances of that name, or is the account itself. */
  runsAs: string[] | 'any';
  /** `operator`; `controller`: copies what was judged; `statefulset-controller`: one that makes pods without a deadline. */
  trusted?: 'operator' | 'controller' | 'statefulset-controller';
}

export const member: Requester = { name: 'member', actor: () => person(users.member), runsAs: 'any' };
/** Member of the audience of one instance only. */
export const guest: Requester = { name: 'guest', actor: () => person(users.guest), runsAs: [accounts[0]!] };
const viewer: Requester = { name: 'viewer', actor: () => person(users.viewer), runsAs: [] };
const account: Requester = {
  name: 'account of an instance',
  actor: (namespace) => serviceAccount(namespace, accounts[1]!),
  runsAs: [accounts[1]!],
};
const administrator: Requester = { name: 'administrator of the cluster', actor: () => ({}), runsAs: 'any' };

/** Those who write Jobs, too. */
export const people = [member, guest, viewer, account, administrator];
export const others: Requester[] = [
  { name: 'operator', actor: () => serviceAccount(settings.operatorNamespace, 'bulkhead'), runsAs: 'any', trusted: 'operator' },
  { name: 'job controller', actor: () => controller('job-controller'), runsAs: 'any', trusted: 'controller' },
  { name: 'stateful set controller', actor: () => controller('statefulset-controller'), runsAs: 'any', trusted: 'statefulset-controller' },
];
