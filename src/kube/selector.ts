// Label selectors, as the API server reads them.
import type { V1LabelSelector } from '@kubernetes/client-node';
import type { Wire } from './object.ts';

/** Whether a selector selects an object with these labels; one that asks for nothing selects everything. */
export function selects({ matchLabels = {}, matchExpressions = [] }: Wire<V1LabelSelector>, labels: Record<string, string>): boolean {
  const isEqual = Object.entries(matchLabels).every(([label, value]) => labels[label] === value);
  return isEqual && matchExpressions.every(({ key, operator, values = [] }) => isMet(operator, labels[key], values));
}

function isMet(operator: string, value: string | undefined, values: string[]): boolean {
  if (operator === 'Exists') return value !== undefined;
  if (operator === 'DoesNotExist') return value === undefined;
  const isOneOf = value !== undefined && values.includes(value);
  return operator === 'NotIn' ? !isOneOf : isOneOf;
}
