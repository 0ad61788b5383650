// The CustomResourceDefinition of one kind, from its definition in kinds.ts. Pure.
import type { Definition } from './kinds.ts';
import { group, keepAnnotations, version } from './labels.ts';
import { type StructuralSchema, structuralSchema } from './structural.ts';

/** What a new object says before the operator has seen it: neither ready nor failed, for kstatus, `kubectl wait` and Helm. */
const unseenStatus = {
  observedGeneration: -1,
  conditions: [
    { type: 'Ready', status: 'Unknown', reason: 'Pending', message: 'Waiting for controller', lastTransitionTime: '1970-01-01T00:00:00Z' },
  ],
};

export type CustomResourceDefinition = ReturnType<typeof customResourceDefinition>;

export function customResourceDefinition(definition: Definition) {
  const { kind, plural, namespaced } = definition.kind;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, labels: { 'app.kubernetes.io/part-of': 'bulkhead' }, annotations: keepAnnotations },
    spec: {
      group,
      scope: namespaced ? 'Namespaced' : 'Cluster',
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        categories: ['bulkhead'],
        ...(definition.shortNames.length > 0 && { shortNames: definition.shortNames }),
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          ...(definition.status && { subresources: { status: {} } }),
          additionalPrinterColumns: definition.columns,
          schema: { openAPIV3Schema: objectSchema(definition) },
        },
      ],
    },
  };
}

function objectSchema({ kind, description, spec, status, rules }: Definition): StructuralSchema {
  return {
    type: 'object',
    description,
    required: ['spec'],
    ...(rules && { 'x-kubernetes-validations': rules }),
    properties: {
      apiVersion: { type: 'string', description: `${group}/${version}.` },
      kind: { type: 'string', description: `${kind.kind}.` },
      metadata: { type: 'object' },
      spec: { ...structuralSchema(spec, `${kind.kind}.spec`), description: 'What is wanted.' },
      ...(status && {
        status: {
          ...structuralSchema(status, `${kind.kind}.status`),
          description: 'What is. Written by the operator.',
          default: unseenStatus,
        },
      }),
    },
  };
}
