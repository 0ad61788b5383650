// A kind of the tests' own, with a status subresource and the status default that our kinds have.

import type { Condition } from '../../../src/kube/conditions.ts';
import { defineKind } from '../../../src/kube/kind.ts';
import type { KubeObject } from '../../../src/kube/object.ts';

export type Specimen = KubeObject & {
  spec?: { text?: string };
  status?: { observedGeneration?: number; uid?: number; names?: string[]; conditions?: Condition[] };
};
export const Specimens = defineKind<Specimen>('test.bulkhead.science/v1', 'Specimen', 'specimens', 'Namespaced');

const text = { type: 'string' };
const condition = {
  type: 'object',
  required: ['type'],
  properties: {
    type: text,
    status: text,
    reason: text,
    message: text,
    observedGeneration: { type: 'integer' },
    lastTransitionTime: { type: 'string', format: 'date-time' },
  },
};
const status = {
  type: 'object',
  default: {
    observedGeneration: -1,
    conditions: [{ type: 'Ready', status: 'Unknown', reason: 'Pending', message: 'Waiting', lastTransitionTime: '1970-01-01T00:00:00Z' }],
  },
  properties: {
    observedGeneration: { type: 'integer' },
    uid: { type: 'integer' },
    names: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
    conditions: { type: 'array', items: condition, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] },
  },
};
const spec = { type: 'object', properties: { text } };

export const specimenDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'specimens.test.bulkhead.science' },
  spec: {
    group: 'test.bulkhead.science',
    scope: 'Namespaced',
    names: { kind: 'Specimen', plural: 'specimens' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', properties: { spec, status } } },
      },
    ],
  },
};
export const Definitions = defineKind('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'customresourcedefinitions', 'Cluster');
