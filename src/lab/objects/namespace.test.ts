import { expect, test } from 'vitest';
import { stored } from '../../../test/fixtures/consumer.ts';
import { aLab } from '../../../test/fixtures/lab.ts';
import { adoptAnnotation, labLabel, sealLabel } from '../../api/labels.ts';
import { sealOf } from '../seal.ts';
import { isMadeFor, namespace } from './namespace.ts';

const key = Buffer.alloc(32, 7);
const lab = aLab('smith').build();
const seal = sealOf(key, 'smith', { uid: 200_000, gid: 200_000 });
const made = stored(namespace(lab, seal), { uid: 'n-1' });
const labelled = (labels: Record<string, string>) => stored({ ...made, metadata: { ...made.metadata, labels } }, { uid: 'n-1' });
const annotated = { ...lab, metadata: { ...lab.metadata, annotations: { [adoptAnnotation]: 'n-1' } } };

test.for<[string, boolean, boolean]>([
  ['one that carries the seal is ours', isMadeFor(lab, seal, made), true],
  ['name and label prove nothing', isMadeFor(lab, seal, labelled({ [labLabel]: 'smith' })), false],
  ['nor does the seal of another identity', isMadeFor(lab, sealOf(key, 'smith', { uid: 200_001, gid: 200_000 }), made), false],
  ['nor that of another facility', isMadeFor(lab, sealOf(Buffer.alloc(32, 8), 'smith', { uid: 200_000, gid: 200_000 }), made), false],
  ['nor that of another lab', isMadeFor(lab, sealOf(key, 'jones', { uid: 200_000, gid: 200_000 }), made), false],
  ['nor does any other text', isMadeFor(lab, seal, labelled({ [labLabel]: 'smith', [sealLabel]: 'x' })), false],
  ['without an identity there is no seal that could match', isMadeFor(lab, undefined, labelled({ [labLabel]: 'smith' })), false],
  ['one that lost its labels is known by its uid', isMadeFor(aLab().status({ namespaceUID: 'n-1' }).build(), seal, labelled({})), true],
  ['a later one of the same name is not', isMadeFor(aLab().status({ namespaceUID: 'n-0' }).build(), seal, labelled({})), false],
  ['who writes the Lab may answer for one', isMadeFor(annotated, seal, labelled({})), true],
])('%s', ([, found, wanted]) => expect(found).toBe(wanted));
