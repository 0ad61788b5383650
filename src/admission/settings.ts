// What the admission policies need to know of the installation. Every value ends up as text inside a CEL expression: the chart
// generator passes Helm expressions here, tests and the operator pass concrete values.
import type { Backend } from '../config.ts';

export interface AdmissionSettings {
  /** Namespace of the operator. */
  operatorNamespace: string;
  /** User name of the operator as the API server authenticates it. */
  operatorUser: string;
  /** Node ports for instances: first and last port, both included, and the size of the aligned blocks. A string is CEL text for an integer. */
  ports: Record<'first' | 'last' | 'blockSize', number | string>;
  /** Where storage roots may lie. A string is CEL text, as `backendsText` gives it. */
  backends: Backend[] | string;
}
