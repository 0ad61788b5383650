import { expect, test } from 'vitest';
import { aLab } from '../../../test/fixtures/lab.ts';
import type { LabSpec } from '../../api/lab.ts';
import type { Limits } from '../../api/limits.ts';
import { limitRange } from './limitrange.ts';

const container = (limits?: Limits, quota: LabSpec['quota'] = {}) => {
  const { spec } = limitRange({ ...aLab().build(), spec: { ...aLab().build().spec, quota, ...(limits && { limits }) } });
  const { defaultRequest, default: limit, max } = spec?.limits[0] ?? {};
  const amounts = (name: string) => [defaultRequest?.[name], limit?.[name], max?.[name]];
  return { cpu: amounts('cpu'), memory: amounts('memory'), disk: amounts('ephemeral-storage') };
};
const nothing = [undefined, undefined, undefined];

/** As [default request, default limit, maximum]. */
test.for(
  Object.entries<{ limits?: Limits; quota?: LabSpec['quota']; want: Partial<ReturnType<typeof container>> }>({
    'says nothing: a little, and nothing of the disk': {
      want: { cpu: ['100m', '1', undefined], memory: ['128Mi', '1Gi', undefined], disk: nothing },
    },
    'gives a larger request: the limit rises with it': { limits: { defaultRequest: { cpu: '4' } }, want: { cpu: ['4', '4', undefined] } },
    'gives a smaller request: the limit stays': { limits: { defaultRequest: { cpu: '50m' } }, want: { cpu: ['50m', '1', undefined] } },
    'gives a smaller limit: the request shrinks with it': {
      limits: { default: { memory: '64Mi' } },
      want: { memory: ['64Mi', '64Mi', undefined] },
    },
    'gives a small maximum: limit and request shrink to it': { limits: { max: { cpu: '50m' } }, want: { cpu: ['50m', '50m', '50m'] } },
    'gives a large maximum: nothing changes but that': { limits: { max: { memory: '64Gi' } }, want: { memory: ['128Mi', '1Gi', '64Gi'] } },
    'gives a request and a maximum: the limit lies between': {
      limits: { defaultRequest: { cpu: '2' }, max: { cpu: '8000m' } },
      want: { cpu: ['2', '2', '8'] },
    },
    'gives all three': {
      limits: { defaultRequest: { memory: '1Gi' }, default: { memory: '2Gi' }, max: { memory: '4Gi' } },
      want: { memory: ['1Gi', '2Gi', '4Gi'] },
    },
    'counts the disk of the node: what says nothing must count as something': {
      quota: { ephemeralStorage: '100Gi' },
      want: { disk: ['1Gi', '4Gi', undefined] },
    },
    'has little of that disk: one container must fit': {
      quota: { ephemeralStorage: '500Mi' },
      want: { disk: ['500Mi', '500Mi', undefined] },
    },
    'limits that disk without counting it': { limits: { max: { ephemeralStorage: '2Gi' } }, want: { disk: ['1Gi', '2Gi', '2Gi'] } },
  }),
)('a lab that %s', ([, { limits, quota, want }]) => {
  expect(container(limits, quota)).toMatchObject(want);
});
