import { expect, test } from 'vitest';
import { aFacility } from '../../test/fixtures/access.ts';
import { inactiveIn } from './inactive.ts';
import type { AccessModel } from './model.ts';

const at = Date.parse('2026-05-12T08:00:00Z');
const hour = 3_600_000;
type Build = Parameters<ReturnType<typeof aFacility>['lab']>[1] & object;

function modelOf(build: Build, seen: Record<string, number> = {}): AccessModel {
  const model = aFacility().lab('smith', build).model();
  for (const [user, ago] of Object.entries(seen)) model.setLastSeen('smith', user, at - ago);
  return model;
}
const students: Build = (lab) =>
  lab
    .member('jo', 'read-only')
    .group('students', { users: ['jo', 'al'], external: ['oidc:students'] })
    .inactive('students', hour, 'Ask Ada.');
const found = (model: AccessModel, when = at) =>
  inactiveIn(model, 'smith', when).people.map(({ user, period, since, externalGroups }) =>
    `${user} in ${period.group} since ${(since - at) / hour} h ${externalGroups.join()}`.trim(),
  );

test.for<[string, AccessModel, string[], number | undefined]>([
  ['CM-22 nobody who was never seen', modelOf(students), [], undefined],
  ['nobody before the period is over', modelOf(students, { jo: hour - 1 }), [], at + 2],
  ['nobody at the very end of the period', modelOf(students, { jo: hour }), [], at + 1],
  ['a member, from when it is exceeded', modelOf(students, { jo: 3 * hour }), ['jo in students since -2 h'], undefined],
  ['somebody whom only a group lists', modelOf(students, { al: 3 * hour }), ['al in students since -2 h'], undefined],
  [
    'somebody whom only the identity provider knows, in its group alone, after those whom the lab lists',
    modelOf(students, { any: 2 * hour, jo: 3 * hour }),
    ['jo in students since -2 h', 'any in students since -1 h oidc:students'],
    undefined,
  ],
  ['nobody in a lab without periods', modelOf((lab) => lab.member('jo', 'read-only'), { jo: 99 * hour }), [], undefined],
  [
    'nobody who is out anyway',
    modelOf(
      (lab) =>
        students(
          lab
            .suspended('ex', 'read-only')
            .group('ex', { users: ['ex'] })
            .inactive('ex', hour, ''),
        ),
      { ex: 9 * hour },
    ),
    [],
    undefined,
  ],
  [
    'CM-22 whoever exceeds any one of several periods',
    modelOf(
      (lab) =>
        students(lab)
          .group('staff', { users: ['jo'] })
          .inactive('staff', 9 * hour, ''),
      { jo: 3 * hour },
    ),
    ['jo in students since -2 h'],
    undefined,
  ],
])('inactive is %s', ([, model, want, next]) => {
  expect(found(model)).toEqual(want);
  expect(inactiveIn(model, 'smith', at).nextChange).toEqual(next && new Date(next));
});

test('CM-20 time alone makes somebody inactive, to the millisecond, and a visit puts it off', () => {
  const model = modelOf(students, { jo: 0 });
  const { nextChange } = inactiveIn(model, 'smith', at);
  expect(found(model, nextChange!.getTime() - 1)).toEqual([]);
  expect(found(model, nextChange!.getTime())).toHaveLength(1);
  model.setLastSeen('smith', 'jo', at + 1000);
  expect(found(model, nextChange!.getTime())).toEqual([]);
});
