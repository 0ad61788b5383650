// Fragments of CEL that several policies share: who asks, and which labels changed. Policies interpolate only constants of this
// code and settings of the installation, never what a tenant wrote.
import type { AdmissionSettings } from './settings.ts';

/** A CEL string literal. Refuses what would end the literal: settings are names, which have no quotes. */
export function text(value: string): string {
  if (/['\\\n]/.test(value)) throw new RangeError(`${JSON.stringify(value)} cannot stand in a CEL string`);
  return `'${value}'`;
}
/** A CEL list of string literals. */
export const texts = (values: string[]): string => `[${values.map(text).join(', ')}]`;

export const user = 'request.userInfo.username';
/** Empty parts of a request are absent in CEL. */
export const namespace = "request.?namespace.orValue('')";
export const subresource = "request.?subResource.orValue('')";
export const objectName = "request.?name.orValue('')";
export const byOperator = (settings: AdmissionSettings): string => `${user} == ${text(settings.operatorUser)}`;

/** Controllers of kube-controller-manager: with an account each, as every distribution runs them, or under one common name. */
export const byController = (...names: string[]): string =>
  `${user} in ${texts([...names.map((name) => `system:serviceaccount:kube-system:${name}`), 'system:kube-controller-manager'])}`;

/** The platform itself: controllers and add-ons of kube-system, scheduler and kubelets. They finish what others began (finalizers, garbage,
 *  endpoints, status), so a wall in their way wedges the cluster; who holds one of these identities owns the cluster anyway. */
export const byPlatform = `(${texts(['system:serviceaccounts:kube-system', 'system:nodes'])}.exists(g, g in request.userInfo.groups) || ${user} in ${texts(['system:kube-controller-manager', 'system:kube-scheduler', 'system:apiserver'])})`;

/** Whether both states of the object have the same labels under the given prefixes. For UPDATE only. */
export function sameLabels(...prefixes: string[]): string {
  const labels = (object: string) => `${object}.metadata.?labels.orValue({})`;
  const guarded = (key: string) => prefixes.map((prefix) => `${key}.startsWith(${text(prefix)})`).join(' || ');
  const kept = (one: string, other: string) =>
    `${labels(one)}.all(k, !(${guarded('k')}) || (k in ${labels(other)} && ${labels(other)}[k] == ${labels(one)}[k]))`;
  return `(${kept('object', 'oldObject')} && ${kept('oldObject', 'object')})`;
}
