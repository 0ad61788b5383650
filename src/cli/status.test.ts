// What `status` prints about one small facility.
import { expect, test } from 'vitest';
import { aDataGrant } from '../../test/fixtures/datagrant.ts';
import { aLab } from '../../test/fixtures/lab.ts';
import { anInstance } from '../../test/fixtures/processinginstance.ts';
import { facilityOf, nothing } from './facility/objects.ts';
import { facilityStatus, labStatus } from './statuscommand.ts';

const at = Date.parse('2026-05-12T08:00:00Z');
const is = (type: string, status: 'True' | 'False', reason: string, message = '') => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: '2026-05-12T08:00:00Z',
});
const facility = facilityOf(
  {
    ...nothing,
    labs: [
      aLab('smith')
        .with('jo', 'full-read-write')
        .with('vic', 'read-only')
        .member({ user: 'gone', roles: ['read-only'], suspended: true })
        .member({ user: 'stud', roles: ['read-only'], expiresAt: '2026-06-01T00:00:00Z' })
        .status({ conditions: [is('Ready', 'True', 'Ready'), is('Isolated', 'False', 'WallBroken', 'RoleBinding x was added')] })
        .build(),
      aLab('jones').build(),
    ],
    grants: [
      aDataGrant({ owner: 'smith' })
        .named('out')
        .of('projects')
        .until('2026-07-01T00:00:00Z')
        .status({ conditions: [is('Active', 'False', 'Expired')] })
        .build(),
    ],
    instances: [
      anInstance('relion')
        .data({ volume: 'projects', mountPath: '/data', mode: 'ReadWrite' })
        .status({ conditions: [is('Ready', 'True', 'Ready')] })
        .build(),
    ],
  },
  'test',
);

test('labs at a glance: people in and out, broken walls, what time changes next', () => {
  expect(facilityStatus(facility, at)).toBe(`\
LAB     READY   ISOLATED          PEOPLE   OUT   INSTANCES   GRANTS   NEXT
jones   -       -                 0        0     0/0         0/0      -
smith   yes     no (WallBroken)   3        1     1/1         1/1      2026-06-01T00:00:00Z stud leaves
`);
});

test('one lab: who is out and why, what is not mounted and why', () => {
  expect(labStatus(facility, 'smith', at)).toBe(`\
Lab smith, 2026-05-12T08:00:00Z

CONDITION   STATUS   REASON       MESSAGE
Ready       True     Ready
Isolated    False    WallBroken   RoleBinding x was added

3 people in, 1 out
  gone: the membership is suspended

INSTANCE   READY   MOUNTS   NOT MOUNTED
relion     yes     0/1      /data: vic may not write smith:projects: no role, group or grant allows it; ask for a DataGrant or a role that holds it; everybody who uses the instance needs it, see spec.audience

GRANT   ACCEPTED   ACTIVE         ENFORCED   FOR LABS   NEXT   WARNINGS
out     -          no (Expired)   -          -          -      -
`);
  expect(() => labStatus(facility, 'x', at)).toThrow('there is no lab "x"; there are: jones, smith');
});
