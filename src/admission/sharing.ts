// bulkhead-sharing: who gives data away, and in whose name. Whoever may edit objects of a lab may not therefore share its data: that asks for virtual
// verbs on datagrants, share inside the lab and shareExternal outside (CE-21), or sharepart for those who may share some paths; whether they may share
// these, says the permission model. The grantor is who writes the grant, unless he holds actfor. It matches UPDATE and DELETE, so it has no parameter
// and lets through who cleans up.
import { finalizer, group } from '../api/labels.ts';
import { byOperator, byPlatform, objectName, text, user } from './cel.ts';
import { policy, rule } from './policy.ts';
import type { AdmissionSettings } from './settings.ts';

const mayHere = (verb: string) =>
  `authorizer.group(${text(group)}).resource('datagrants').namespace(request.namespace).check('${verb}').allowed()`;
const finalizersOf = (object: string) => `${object}.metadata.?finalizers.orValue([])`;

export const sharingPolicy = (settings: AdmissionSettings) =>
  policy({
    name: 'bulkhead-sharing',
    where: 'lab',
    rules: [rule(group, '*', ['CREATE', 'UPDATE', 'DELETE'], ['datagrants'])],
    conditions: {
      'not-the-operator': `!(${byOperator(settings)})`,
      'not-cleaning-up': `!${byPlatform} || request.operation == 'CREATE' || (request.operation == 'UPDATE' && object.spec != oldObject.spec)`,
    },
    variables: {
      share: mayHere('share'),
      external: mayHere('shareExternal'),
      part: mayHere('sharepart'),
      actfor: mayHere('actfor'),
      isNew: "request.operation == 'CREATE' || (request.operation == 'UPDATE' && object.spec != oldObject.spec)",
      subjects: 'object.spec.?subjects.orValue([])',
      people: "variables.subjects.filter(s, s.kind == 'User')",
      outside: `variables.subjects.filter(s, s.kind in ['Authenticated', 'Everyone'] || (s.kind == 'Lab' && 'lab-' + s.?name.orValue('') != request.namespace) || (s.kind in ['Group', 'ServiceAccount'] && !('lab-' + s.?name.orValue('')).startsWith(request.namespace + '/')))`,
      // What takes away counts whoever wrote it: so a right over a part does not do for it.
      takes: "object.spec.?effect.orValue('Allow') == 'Restrict' || object.spec.?derivedFrom.orValue([]).size() > 0",
      // The message has no authorizer, so what is asked for stands apart from what is held.
      needed: [
        "(variables.takes || variables.subjects.size() > variables.people.size() + variables.outside.size() ? ['share'] : [])",
        "(!variables.takes && variables.outside.size() > 0 ? ['shareExternal'] : [])",
        // Whether a person is of the lab, the model knows.
        "(!variables.takes && variables.people.size() > 0 ? ['share or shareExternal'] : [])",
      ].join(' + '),
      // A Restrict that goes gives as much as a grant that comes.
      isOwnOrShared:
        "variables.share || (variables.external && oldObject.spec.?effect.orValue('Allow') != 'Restrict') || (variables.part && oldObject.spec.?grantor.orValue('') == request.userInfo.username)",
    },
    validations: [
      {
        expression: `request.operation == 'CREATE' || variables.actfor || variables.isOwnOrShared`,
        message: `'user ' + ${user} + ' may not change or remove DataGrant ' + ${objectName} + '; its grantor ' + oldObject.spec.?grantor.orValue('(the facility)') + ' may, and whoever holds the verb share on datagrants in ' + request.namespace`,
      },
      {
        expression: `!variables.isNew || variables.actfor || object.spec.?grantor.orValue('') == ${user}`,
        message: `'spec.grantor is ' + object.spec.?grantor.orValue('absent') + '; it must be ' + ${user} + ', who writes the grant and answers for it; only holders of the verb actfor on datagrants may name another, or nobody'`,
      },
      {
        expression:
          "!variables.isNew || variables.actfor || (variables.part && !variables.takes) || variables.needed.all(v, v == 'share' ? variables.share : v == 'shareExternal' ? variables.external : variables.share || variables.external)",
        message: `'user ' + ${user} + ' may not share data of ' + request.namespace + ' so: it takes the verb ' + variables.needed.join(', and ') + ' on datagrants there; ask for a role in the lab that holds it, or for a grant of it on the paths'`,
      },
      {
        expression: `request.operation != 'UPDATE' || variables.actfor || !(${text(finalizer)} in ${finalizersOf('oldObject')}) || ${text(finalizer)} in ${finalizersOf('object')}`,
        message: `'the finalizer ${finalizer} of DataGrant ' + ${objectName} + ' stays until nobody has its paths any more; delete the grant, and Bulkhead takes it off'`,
      },
    ],
  });
