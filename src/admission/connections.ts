// bulkhead-connections: who reaches into running pods of a lab: shells, streams, forwarded ports, and the proxies of the API server, which pass
// every network policy. No role of a lab allows it. Somebody whose rights come from elsewhere, as an operations team with the built-in role
// "edit", needs the virtual verb "connect" on the Lab as well; whoever administers the whole cluster has it. And bulkhead-scheduling: pods
// are placed by the scheduler alone, since a binding leads past what their author may say about nodes.
import { group, labLabel } from '../api/labels.ts';
import { byOperator, byPlatform, subresource, text, user } from './cel.ts';
import { policy, rule } from './policy.ts';
import type { AdmissionSettings } from './settings.ts';

const lab = `namespaceObject.metadata.labels[${text(labLabel)}]`;

export const connectionsPolicy = (settings: AdmissionSettings) =>
  policy({
    name: 'bulkhead-connections',
    where: 'lab',
    rules: [rule('', 'v1', ['CONNECT'], ['pods/exec', 'pods/attach', 'pods/portforward', 'pods/proxy', 'services/proxy'])],
    // bulkhead-operator refuses the operator every connection, whatever verbs it may hold
    conditions: { 'not-the-platform': `!${byPlatform}`, 'not-the-operator': `!(${byOperator(settings)})` },
    validations: [
      {
        expression: `authorizer.group(${text(group)}).resource('labs').name(${lab}).check('connect').allowed()`,
        message: `'user ' + ${user} + ' may not connect to ' + request.resource.resource + '/' + ${subresource} + ' of lab ' + ${lab} + '; ask the facility for a role that holds the verb connect on labs/' + ${lab}`,
      },
    ],
  });

export const schedulingPolicy = () =>
  policy({
    name: 'bulkhead-scheduling',
    where: 'lab',
    rules: [rule('', 'v1', ['CREATE'], ['pods/binding', 'bindings'])],
    conditions: { 'not-the-platform': `!${byPlatform}` },
    validations: [
      {
        expression: 'false',
        message: `'pods of lab namespace ' + request.namespace + ' are bound to nodes by the scheduler alone, not by ' + ${user}`,
      },
    ],
  });
