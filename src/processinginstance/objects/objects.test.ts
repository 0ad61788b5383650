// What the builders of child objects promise to each other: selectors that meet labels, names that meet names, nothing with an owner
// that has to outlive it.
import { expect, test } from 'vitest';
import { anInstance } from '../../../test/fixtures/processinginstance.ts';
import { databaseName, egressPolicyName } from '../../api/names.ts';
import { databasePassword } from '../credentials.ts';
import { databaseSecret, databaseService, databaseStatefulSet } from './database.ts';
import { directoriesJob } from './job.ts';
import { databasePolicy, egressPolicy, ingressPolicy } from './networkpolicy.ts';
import { service } from './service.ts';
import { directoriesJobAccount, instanceAccount } from './serviceaccount.ts';

const identity = { uid: 200_000, gid: 200_000, supplementalGroups: [] };
const orthanc = anInstance().running().ports(3).database().build();
const key = Buffer.alloc(32, 7);

test('one number is node port, service port and container port (CS-11)', () => {
  expect(
    service(
      orthanc,
      [
        { name: 'web', offset: 0 },
        { name: 'dicom', offset: 2 },
      ],
      31_016,
    ).spec,
  ).toEqual({
    type: 'NodePort',
    externalTrafficPolicy: 'Local',
    selector: { 'bulkhead.science/instance': 'orthanc', 'bulkhead.science/part': 'component' },
    ports: [
      { name: 'web', protocol: 'TCP', port: 31_016, targetPort: 31_016, nodePort: 31_016 },
      { name: 'dicom', protocol: 'TCP', port: 31_018, targetPort: 31_018, nodePort: 31_018 },
    ],
  });
});

test('the name of a database leaves room for the revision label of its pods', () => {
  expect(databaseName('a'.repeat(40)).length).toBeLessThanOrEqual(52);
  expect(databaseName('a'.repeat(40))).not.toBe(databaseName('a'.repeat(39)));
});

test('the database runs under its own account, with a read-only root, on a volume of its own', () => {
  const { spec } = databaseStatefulSet(orthanc, 'postgres:15', identity, {}).spec!.template;
  expect(spec).toMatchObject({ serviceAccountName: databaseName('orthanc'), securityContext: { runAsUser: 200_000 } });
  expect(spec?.containers[0]).toMatchObject({ image: 'postgres:15', securityContext: { readOnlyRootFilesystem: true } });
  expect(spec?.containers[0]?.volumeMounts?.map(({ mountPath }) => mountPath)).toEqual([
    '/var/lib/postgresql/data',
    '/run/secrets/bulkhead/database',
    '/tmp',
    '/var/run/postgresql',
  ]);
});

test('the database is found by its Service and reached by its own instance alone (CS-9)', () => {
  const { labels } = databaseStatefulSet(orthanc, 'postgres:15', identity, {}).spec!.template.metadata!;
  expect(labels).toMatchObject(databaseService(orthanc).spec!.selector!);
  expect(databasePolicy(orthanc).spec).toEqual({
    podSelector: { matchLabels: { 'bulkhead.science/instance': 'orthanc', 'bulkhead.science/part': 'database' } },
    policyTypes: ['Ingress'],
    ingress: [
      {
        from: [
          {
            podSelector: {
              matchLabels: { 'bulkhead.science/instance': 'orthanc' },
              matchExpressions: [{ key: 'bulkhead.science/part', operator: 'In', values: ['component', 'job'] }],
            },
          },
        ],
        ports: [{ protocol: 'TCP', port: 5432 }],
      },
    ],
  });
});

test('a password is the same for the same instance, and another for any other', () => {
  const password = databasePassword(key, 'lab-smith', 'orthanc');
  expect(databasePassword(key, 'lab-smith', 'orthanc')).toBe(password);
  expect([
    databasePassword(key, 'lab-smith', 'orthanc2'),
    databasePassword(key, 'lab-jones', 'orthanc'),
    databasePassword(Buffer.alloc(32, 8), 'lab-smith', 'orthanc'),
  ]).not.toContain(password);
});

test('the Secret of a database has all that an application may ask for, and no owner', () => {
  const secret = databaseSecret(orthanc, 'pw');
  const data = Object.fromEntries(
    Object.entries(secret.data ?? {}).map(([name, value]) => [name, Buffer.from(value, 'base64').toString()]),
  );
  const host = `${databaseName('orthanc')}.lab-smith.svc`;
  expect(data).toEqual({
    username: 'app',
    password: 'pw',
    database: 'app',
    host,
    port: '5432',
    url: `postgresql://app:pw@${host}:5432/app`,
  });
  expect(secret.metadata).not.toHaveProperty('ownerReferences');
});

test('the ports are open to the sources of the facility and to the own pods, and to nobody else', () => {
  const from = (exposedTo: string[]) =>
    ingressPolicy(orthanc, [31_016], exposedTo).spec?.ingress?.[0]?.from?.map(({ ipBlock }) => ipBlock?.cidr ?? 'own');
  expect(from(['10.0.0.0/8'])).toEqual(['own', '10.0.0.0/8']);
  expect(from([])).toEqual(['own']);
});

test('pods reach their own component and database only', () => {
  const policy = egressPolicy(orthanc, [31_016]);
  expect(policy.metadata.name).toBe(egressPolicyName('orthanc'));
  expect(
    policy.spec?.egress?.map(({ to, ports }) => [
      to?.[0]?.podSelector?.matchLabels?.['bulkhead.science/part'],
      ports?.map(({ port }) => port),
    ]),
  ).toEqual([
    ['component', [31_016]],
    ['database', [5432]],
  ]);
});

test('a directories Job belongs to its instance; the account it runs under to none', () => {
  const job = directoriesJob(orthanc, { claim: 'data', paths: ['a'], image: 'bulkhead:1', identity, placement: {} });
  expect(job.metadata.ownerReferences).toMatchObject([{ uid: 'uid-of-orthanc', controller: true }]);
  expect(job.metadata.name).not.toBe(
    directoriesJob(orthanc, { claim: 'data', paths: ['b'], image: 'bulkhead:1', identity, placement: {} }).metadata.name,
  );
  expect(job.metadata.name).not.toBe(
    directoriesJob(orthanc, { claim: 'data', paths: ['a'], image: 'bulkhead:1', identity, placement: { runtimeClassName: 'sandbox' } })
      .metadata.name,
  );
  expect(directoriesJobAccount('lab-smith').metadata).not.toHaveProperty('ownerReferences');
  expect(instanceAccount(orthanc)).toMatchObject({ automountServiceAccountToken: false, metadata: { name: 'orthanc' } });
});

test('every pod of the operator runs where its lab does', () => {
  const placement = {
    nodeSelector: { 'facility/lab': 'smith' },
    tolerations: [{ key: 'facility/lab', value: 'smith' }],
    runtimeClassName: 'sandbox',
  };
  expect(databaseStatefulSet(orthanc, 'postgres:15', identity, placement).spec?.template.spec).toMatchObject(placement);
  const input = { claim: 'data', paths: ['a'], image: 'bulkhead:1', identity, placement };
  expect(directoriesJob(orthanc, input).spec?.template.spec).toMatchObject(placement);
});
