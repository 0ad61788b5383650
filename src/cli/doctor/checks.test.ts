// Each check beside what makes it pass.
import { expect, test } from 'vitest';
import { aLab } from '../../../test/fixtures/lab.ts';
import { policies } from '../../admission/policies.ts';
import { Config } from '../../config.ts';
import { checksText } from '../doctorcommand.ts';
import { checks, type Facts, isHealthy } from './checks.ts';

const config = Config.parse({
  image: 'x',
  storage: { backends: [{ name: 'gpfs', type: 'hostPath', path: '/gpfs' }] },
  access: { admins: { users: ['root'] } },
});
const csi = Config.parse({
  ...config,
  storage: { backends: [{ name: 'gpfs', type: 'csi', driver: 'nfs.csi.k8s.io', path: '/x', pathAttribute: 'share' }], stateClass: 'fast' },
});
const admission = policies({ operatorNamespace: 'x', operatorUser: 'y', ports: config.ports, backends: config.storage.backends });
const is = (type: string, status: 'True' | 'False') => ({
  type,
  status,
  reason: 'x',
  message: '',
  lastTransitionTime: '2026-05-12T08:00:00Z',
});
const smith = aLab('smith')
  .status({ conditions: [is('Ready', 'True'), is('Isolated', 'True')] })
  .build();
const good: Facts = {
  version: { major: '1', minor: '36', gitVersion: 'v1.36.2' },
  definitions: [{ name: 'labs.bulkhead.science', live: { established: true, sameSchema: true } }],
  admission: admission.map((wanted) => ({ wanted, live: structuredClone(wanted) })),
  config: { config },
  operator: { wanted: 2, ready: 2, led: true },
  nodes: [{ name: 'n1', strictGroups: true }],
  ports: { first: undefined, last: undefined },
  storageClasses: [{ name: 'local', isDefault: true }],
  drivers: [],
  namespaces: [{ name: 'lab-smith', enforces: 'restricted' }],
  daemonSets: ['kube-proxy', 'calico-node'],
  labs: [smith],
};
/** What is not well, by name and verdict. */
const troubles = (change: Partial<Facts>) =>
  checks({ ...good, ...change }).flatMap(({ name, verdict }) => (verdict === 'ok' ? [] : [`${name}: ${verdict}`]));

test('nothing is wrong with a good installation', () => {
  expect(troubles({})).toEqual([]);
  expect(isHealthy(checks(good))).toBe(true);
});

test.for(
  Object.entries({
    'a version that is too old': [{ version: { major: '1', minor: '33+', gitVersion: 'v1.33.1' } }, ['Kubernetes: fail']],
    'the oldest version that will do': [{ version: { major: '1', minor: '34+', gitVersion: 'v1.34.0' } }, []],
    'a definition that is missing': [{ definitions: [{ name: 'labs', live: undefined }] }, ['Definitions: fail']],
    'a definition of another version': [
      { definitions: [{ name: 'labs', live: { established: true, sameSchema: false } }] },
      ['Definitions: fail'],
    ],
    'a definition that nothing can be compared with': [
      { definitions: [{ name: 'labs', live: { established: true } }] },
      ['Definitions: unknown'],
    ],
    'a policy that is missing': [{ admission: [{ wanted: admission[0]!, live: undefined }] }, ['Admission policies: fail']],
    'a policy that was changed': [
      {
        admission: [
          {
            wanted: admission[0]!,
            live: { ...admission[0]!, spec: { ...admission[0]!.spec, failurePolicy: 'Ignore' } } as (typeof admission)[0],
          },
        ],
      },
      ['Admission policies: fail'],
    ],
    'a configuration that no operator starts with': [
      { config: { fault: 'image: is required' }, admission: undefined },
      [
        'Admission policies: unknown',
        'Configuration: fail',
        'Facility administrators: unknown',
        'Storage backends: unknown',
        'State volumes: unknown',
        'Node ports: unknown',
      ],
    ],
    'an operator that nobody leads': [{ operator: { wanted: 2, ready: 2, led: false } }, ['Operator: fail']],
    'an operator in one copy': [{ operator: { wanted: 1, ready: 1, led: true } }, ['Operator: warn']],
    'no operator': [{ operator: 'absent' as const }, ['Operator: fail']],
    'no administrators': [
      { config: { config: { ...config, access: { ...config.access, admins: { users: [], groups: [] } } } } },
      ['Facility administrators: warn'],
    ],
    'no backend': [
      { config: { config: { ...config, storage: { ...config.storage, backends: [] } } }, labs: [] },
      ['Storage backends: warn'],
    ],
    'a lab on a backend that is gone': [
      { labs: [aLab('x').storage({ name: 'p', backend: 'old', path: 'x' }).status(smith.status!).build()] },
      ['Storage backends: fail'],
    ],
    'a CSI driver and a class that are missing': [{ config: { config: csi } }, ['Storage backends: fail', 'State volumes: fail']],
    'and are there': [{ config: { config: csi }, drivers: ['nfs.csi.k8s.io'], storageClasses: [{ name: 'fast', isDefault: false }] }, []],
    'no default class': [{ storageClasses: [{ name: 'local', isDefault: false }] }, ['State volumes: warn']],
    'ports outside the range': [{ ports: { first: undefined, last: 'provided port is not in the valid range' } }, ['Node ports: fail']],
    'a node that cannot keep groups apart': [
      {
        nodes: [
          { name: 'n1', strictGroups: true },
          { name: 'n2', strictGroups: false },
        ],
      },
      ['Nodes: fail'],
    ],
    'a namespace whose label is gone': [{ namespaces: [{ name: 'lab-smith', enforces: undefined }] }, ['Pod Security: fail']],
    'a network plugin that nobody knows': [{ daemonSets: ['kube-proxy'] }, ['Network policies: warn']],
    'a network plugin that keeps no policies': [{ daemonSets: ['kube-flannel-ds'] }, ['Network policies: fail']],
    'and one beside it that does': [{ daemonSets: ['kube-flannel-ds', 'kube-network-policies'] }, []],
    'a lab with a broken wall': [
      {
        labs: [
          aLab('x')
            .status({ conditions: [is('Ready', 'True'), is('Isolated', 'False')] })
            .build(),
        ],
      },
      ['Labs: fail'],
    ],
    'a lab that is not ready': [
      {
        labs: [
          aLab('x')
            .status({ conditions: [is('Ready', 'False'), is('Isolated', 'True')] })
            .build(),
        ],
      },
      ['Labs: warn'],
    ],
    'what one may not read': [{ nodes: undefined, daemonSets: undefined }, ['Nodes: unknown', 'Network policies: unknown']],
  } as const satisfies Record<string, readonly [Partial<Facts>, readonly string[]]>),
)('%s', ([, [change, want]]) => {
  expect(troubles(change)).toEqual(want);
  expect(isHealthy(checks({ ...good, ...change }))).toBe(!want.some((line: string) => line.endsWith('fail')));
});

test('in words: what was found, and what to do', () => {
  const text = checksText(checks({ ...good, operator: { wanted: 2, ready: 1, led: true } }));
  expect(text).toContain('Kubernetes                OK     v1.36.2\n');
  expect(text).toContain('Operator                  WARN   1 of 2 copies ready, one leads\n');
  expect(text).toMatch(/\nWhat to do:\n {2}Operator: run two, so that a node can fail \(replicas: 2\)\n$/);
});
