// Whether the cluster already holds what we would apply, so that nothing needs to be sent. The API server records the fields that our last
// apply set (managedFields), and takes a field away from us as soon as somebody else changes it. So the intent holds when we own exactly its
// fields, no more and no less, and their values are equal. The record also tells lists with keys from lists that are replaced whole;
// inside the latter an intent has to write out what the server would fill in, but for the few fields below.
import type { KubeObject, ObjectMeta } from './object.ts';

type Json = string | number | boolean | null | undefined | Json[] | { [key: string]: Json };
interface Fields {
  [key: string]: Fields;
}

/** Fields of metadata that identify and are never owned. */
const identity = new Set(['name', 'namespace', 'uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields']);
const typeAndMetadata = new Set(['apiVersion', 'kind', 'metadata']);
const without = (object: object, names: Set<string>) => Object.fromEntries(Object.entries(object).filter(([name]) => !names.has(name)));
/** Fields that the API server fills in inside lists and selectors that are replaced whole; extra ones are not ours. */
const defaulted = new Set(['protocol', 'apiGroup', 'apiVersion', 'divisor', 'defaultMode']);
/** Fields whose values are quantities: `1024Mi` equals `1Gi`. */
const quantities = new Set(['limits', 'requests', 'hard', 'capacity', 'default', 'defaultRequest', 'max', 'min', 'sizeLimit']);

/** @param subresource `status` when the intent is a status */
export function isApplied(intent: KubeObject, live: KubeObject, fieldManager: string, subresource?: 'status'): boolean {
  const owned = ownFields(live.metadata, fieldManager, subresource);
  if (!owned) return false;
  const metadata = without(intent.metadata, identity);
  const wanted = { ...without(intent, typeAndMetadata), ...(Object.keys(metadata).length > 0 && { metadata }) };
  return holds(wanted as Json, live as unknown as Json, owned, false);
}

function ownFields({ managedFields }: ObjectMeta, fieldManager: string, subresource = ''): Fields | undefined {
  const entry = managedFields?.find(
    (field) => field.manager === fieldManager && field.operation === 'Apply' && (field.subresource ?? '') === subresource,
  );
  return entry?.fieldsV1 as Fields | undefined;
}

function holds(wanted: Json, live: Json, owned: Fields, isQuantity: boolean): boolean {
  const parts = Object.entries(owned).filter(([part]) => part !== '.');
  if (parts.length === 0) return isEqual(wanted, live, isQuantity);
  if (Array.isArray(wanted))
    return Array.isArray(live) && parts.length === wanted.length && parts.every(([part, fields]) => holdsItem(wanted, live, part, fields));
  if (!isObject(wanted) || !isObject(live)) return false;
  const names = Object.keys(wanted).filter((name) => wanted[name] !== undefined);
  return (
    names.length === parts.length &&
    names.every((name) => {
      const fields = owned[`f:${name}`];
      return fields !== undefined && holds(wanted[name], live[name], fields, isQuantity || quantities.has(name));
    })
  );
}

/** One item of a list with keys (`k:{"name":"x"}`) or of a set (`v:"x"`). */
function holdsItem(wanted: Json[], live: Json[], part: string, fields: Fields): boolean {
  const id = JSON.parse(part.slice(2)) as Json;
  if (part.startsWith('v:')) return wanted.some((item) => isEqual(item, id)) && live.some((item) => isEqual(item, id));
  if (!part.startsWith('k:') || !isObject(id)) return false;
  const names = Object.keys(id);
  // The intent may leave out a key field that has a default (the protocol of a port).
  const mine = wanted.find((item) => isObject(item) && names.every((name) => item[name] === undefined || item[name] === id[name]));
  const theirs = live.find((item) => isObject(item) && names.every((name) => item[name] === id[name]));
  if (!isObject(mine) || theirs === undefined) return false;
  const isWhole = Object.keys(fields).every((part) => part === '.'); // an item that is replaced whole, such as an owner reference
  const keyFields = isWhole ? {} : Object.fromEntries(names.map((name) => [`f:${name}`, {}]));
  return holds({ ...id, ...mine }, theirs, { ...keyFields, ...fields }, false);
}

/** Equal but for what the API server does to a value: it fills in defaults, drops empty values, and rewrites quantities. */
function isEqual(wanted: Json, live: Json, isQuantity = false): boolean {
  if (live === undefined || live === null) return isEmpty(wanted);
  if (Array.isArray(wanted)) {
    return Array.isArray(live) && wanted.length === live.length && wanted.every((item, i) => isEqual(item, live[i], isQuantity));
  }
  if (isObject(wanted)) {
    if (!isObject(live)) return false;
    const extra = Object.keys(live).filter((name) => wanted[name] === undefined);
    return (
      extra.every((name) => defaulted.has(name)) &&
      Object.keys(wanted).every(
        (name) => wanted[name] === undefined || isEqual(wanted[name], live[name], isQuantity || quantities.has(name)),
      )
    );
  }
  if (wanted === live) return true;
  return isQuantity && nanosOf(wanted) !== undefined && nanosOf(wanted) === nanosOf(live);
}

const isObject = (value: Json): value is { [key: string]: Json } => typeof value === 'object' && value !== null && !Array.isArray(value);

const isEmpty = (value: Json): boolean => !value || (typeof value === 'object' && Object.values(value).every((part) => part === undefined));

const powers = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const binary = { Ki: 1, Mi: 2, Gi: 3, Ti: 4, Pi: 5, Ei: 6 };

/** The number that a quantity stands for, in nano-units. */
function nanosOf(quantity: Json): bigint | undefined {
  if (typeof quantity !== 'string' && typeof quantity !== 'number') return undefined;
  const match = /^([+-]?\d+)(?:\.(\d+))?(?:([KMGTPE]i)|([numkMGTPE])|[eE]([+-]?\d+))?$/.exec(String(quantity));
  if (!match) return undefined;
  const [, whole = '', fraction = '', two, ten, exponent] = match;
  const power = 9 - fraction.length + (ten ? powers[ten as keyof typeof powers] : Number(exponent ?? 0));
  const digits = BigInt(whole + fraction) * (two ? 1024n ** BigInt(binary[two as keyof typeof binary]) : 1n);
  return power >= 0 ? digits * 10n ** BigInt(power) : digits / 10n ** BigInt(-power);
}
