import { expect, test } from 'vitest';
import { aLab } from '../../test/fixtures/lab.ts';
import { Config } from '../config.ts';
import { placement, placementRefusal } from './placement.ts';

const config = Config.parse({
  image: 'bulkhead:test',
  placement: [
    {
      name: 'reserved',
      nodeSelector: { 'facility/lab': 'smith' },
      tolerations: [{ key: 'facility/lab', value: 'smith', effect: 'NoSchedule' }],
      runtimeClassName: 'sandbox',
    },
    { name: 'anywhere' },
  ],
});
const lab = (profile?: string) => aLab().in(profile).build();

test.for(
  Object.entries({
    'a lab without a profile is bound to nothing, and may not choose either': { profile: undefined, want: {} },
    'a profile is taken over whole': {
      profile: 'reserved',
      want: {
        nodeSelector: { 'facility/lab': 'smith' },
        tolerations: [{ key: 'facility/lab', value: 'smith', effect: 'NoSchedule' }],
        runtimeClassName: 'sandbox',
      },
    },
    'a profile that says nothing leaves nothing behind': { profile: 'anywhere', want: {} },
    'an unknown profile closes the lab': {
      profile: 'gone',
      want: { closed: 'spec.placement "gone" is no placement profile; this facility has reserved, anywhere' },
    },
  }),
)('%s', ([, { profile, want }]) => {
  expect(placement(lab(profile), config)).toEqual(want);
  expect(placementRefusal(lab(profile), config)?.reason).toBe('closed' in want ? 'PlacementUnknown' : undefined);
});
