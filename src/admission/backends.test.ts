// That the chart gives the same text is tested with Helm itself: test/integration/chart.
import { expect, test } from 'vitest';
import { backendsText } from './backends.ts';

test('every backend is a flat map with all fields, in order', () => {
  expect(
    backendsText([
      { name: 'gpfs', type: 'hostPath', path: '/gpfs/labs' },
      { name: 'archive', type: 'nfs', server: 'nfs.uni.edu', path: '/export' },
      {
        name: 'blob',
        type: 'csi',
        driver: 'nfs.csi.k8s.io',
        path: '/labs',
        pathAttribute: 'share',
        attributes: { tier: 'a', server: 'b' },
      },
    ]),
  ).toBe(
    '[{"driver":"","path":"/gpfs/labs","pathAttribute":"","server":"","type":"hostPath"}, ' +
      '{"driver":"","path":"/export","pathAttribute":"","server":"nfs.uni.edu","type":"nfs"}, ' +
      '{"attribute:server":"b","attribute:tier":"a","driver":"nfs.csi.k8s.io","path":"/labs","pathAttribute":"share","server":"","type":"csi"}]',
  );
  expect(backendsText([])).toBe('[]');
});

test('what a facility writes cannot leave its string', () => {
  const attributes = { note: `"}] || true || [{"x":"<&>'` };
  const [csi] = JSON.parse(
    backendsText([{ name: 'blob', type: 'csi', driver: 'd', path: '/labs', pathAttribute: 'share', attributes }]),
  ) as Record<string, string>[];
  expect(csi?.['attribute:note']).toBe(attributes.note);
});
