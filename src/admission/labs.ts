// bulkhead-labs: who changes what of a Lab. The facility (the virtual verb "manage" on labs) everything; the administrators of a lab only who
// belongs to it and what people read about it; the operator only finalizers. It matches UPDATE, so it has no parameter and lets through
// who cleans up.
import { group } from '../api/labels.ts';
import { byOperator, byPlatform, objectName, texts, user } from './cel.ts';
import { policy, rule } from './policy.ts';
import type { AdmissionSettings } from './settings.ts';

/** What the administrators of a lab may change; whatever a later version adds is the facility's until it stands here. */
const ownFields = ['contacts', 'defaults', 'displayName', 'groupDelegation', 'groups', 'inactivity', 'members'];
/** kubectl writes it whenever it applies. */
const ownAnnotations = ['kubectl.kubernetes.io/last-applied-configuration'];

/** Keys of a map in the object whose values differ between both states, or that only one of them has. */
function changed(map: string, except: string[]): string {
  const [before, after] = ['oldObject', 'object'].map((object) => `dyn(${object}).${map}.orValue({})`);
  const differs = `${after}.filter(k, !(k in ${texts(except)}) && !(k in ${before} && ${before}[k] == ${after}[k]))`;
  const isGone = `${before}.filter(k, !(k in ${texts(except)}) && !(k in ${after}))`;
  return `${differs} + ${isGone}`;
}
const changedList = (field: string) => `(dyn(object).metadata.?${field} == dyn(oldObject).metadata.?${field} ? [] : ['${field}'])`;

export const labsPolicy = (settings: AdmissionSettings) =>
  policy({
    name: 'bulkhead-labs',
    where: 'cluster',
    rules: [rule(group, '*', ['UPDATE'], ['labs'])],
    conditions: { 'not-the-facility': `!authorizer.group('${group}').resource('labs').check('manage').allowed()` },
    variables: {
      fields: changed('?spec', ownFields),
      // Annotations lead tools of the facility to delete or to overlook; an owner that does not exist makes the garbage collector delete.
      metadata: [
        `(${changed('metadata.?labels', [])}).map(k, 'labels ' + k)`,
        `(${changed('metadata.?annotations', ownAnnotations)}).map(k, 'annotations ' + k)`,
        changedList('ownerReferences'),
        `(${byOperator(settings)} ? [] : ${changedList('finalizers')})`,
      ].join(' + '),
      entry: `object.spec.?members.orValue([]).filter(m, m.user == ${user})`,
      oldEntry: `oldObject.spec.?members.orValue([]).filter(m, m.user == ${user})`,
      inactive: `oldObject.?status.?inactive.orValue([]).filter(i, i.user == ${user} && (!has(i.externalGroups) || i.externalGroups.exists(g, g in request.userInfo.groups)))`,
    },
    validations: [
      {
        expression: 'variables.fields.size() == 0',
        message: `'user ' + ${user} + ' may change only ${ownFields.map((field) => `spec.${field}`).join(', ')} of Lab ' + ${objectName} + ', not ' + variables.fields.map(f, 'spec.' + f).join(', ') + '; ask the facility: it needs the verb manage on labs'`,
      },
      {
        expression: `!(${byOperator(settings)} || ${byPlatform}) || object.spec == oldObject.spec`,
        message: `'the spec of Lab ' + ${objectName} + ' is written by people, not by ' + ${user}`,
      },
      {
        expression: `${byPlatform} || variables.metadata.size() == 0`,
        message: `'user ' + ${user} + ' may not change metadata of Lab ' + ${objectName} + ': ' + variables.metadata.join(', ') + '; ask the facility: it needs the verb manage on labs'`,
      },
      {
        // A person who comes in through a group of the identity provider could otherwise lift the own suspension.
        expression: `variables.oldEntry.all(m, !m.?suspended.orValue(false) && (!has(m.expiresAt) || variables.entry.exists(n, has(n.expiresAt) && n.expiresAt == m.expiresAt)))`,
        message: `'user ' + ${user} + ' may not change Lab ' + ${objectName} + ' while suspended, nor the end of the own membership; ask another administrator of the lab'`,
      },
      {
        // Who is inactive follows from much that an administrator may change, so none of it is changed by whoever is.
        expression: `variables.inactive.size() == 0 && variables.entry.all(m, !has(m.reactivatedAt) || variables.oldEntry.exists(o, has(o.reactivatedAt) && o.reactivatedAt == m.reactivatedAt))`,
        message: `'user ' + ${user} + ' may not change Lab ' + ${objectName} + (variables.inactive.size() > 0 ? ' while inactive in group ' + variables.inactive[0].group : ': reactivatedAt of the own entry is set by others') + '; ask another administrator of the lab'`,
      },
    ],
  });
