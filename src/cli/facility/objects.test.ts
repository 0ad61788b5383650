import { expect, test } from 'vitest';
import { aLab } from '../../../test/fixtures/lab.ts';
import { can } from '../../access/can.ts';
import { modelOf, nothing } from './objects.ts';

test('CM-17 whoever is inactive by the status of a lab is so for the tools as well, from that instant on', () => {
  const spec = {
    groups: [{ name: 'students', users: ['jo'], roles: ['read-only'] }],
    inactivity: [{ group: 'students', maxInactivity: '1h' }],
  };
  const inactive = [{ user: 'jo', group: 'students', since: '2026-05-12T08:00:00.000Z' }];
  const lab = aLab('smith', { spec }).status({ inactive }).build();
  const reason = (at: string) => {
    const place = { lab: 'smith', volume: 'projects', path: [] };
    return can(modelOf({ ...nothing, labs: [lab] }), { person: { user: 'jo' }, place, verb: 'read', at: Date.parse(at) }).rule.by;
  };
  expect(reason('2026-05-12T07:59:59Z')).toBe('Group');
  expect(reason('2026-05-12T08:00:01Z')).toBe('NotActive');
});
