// What every pod of a lab must satisfy, as CEL over a pod specification that may stand in a Pod or in the template of a Job: a Job
// is judged by the same rules when it is made, so that its author reads the refusal and not only the job controller.
import { instanceLabel, managedLabel, partLabel } from '../api/labels.ts';
import { reservedPrefix, reviewAudience } from '../api/names.ts';
import { byController, byOperator, text } from './cel.ts';
import type { Validation } from './policy.ts';
import type { AdmissionSettings } from './settings.ts';

/** Where the pod specification stands in the object. */
export interface PodPlace {
  /** CEL path of the specification. */
  spec: string;
  /** CEL for the labels, a map. */
  labels: string;
  /** How messages call the specification, for example `spec.template.spec`. */
  field: string;
}

/** Kinds of volume that lead to nothing but this pod's own, listed data. New kinds of later Kubernetes versions are refused until they are understood. */
const volumeKinds = ['persistentVolumeClaim', 'configMap', 'secret', 'projected', 'downwardAPI', 'emptyDir'];
const projectedKinds = ['configMap', 'secret', 'downwardAPI'];
/** What a pod may project. A token of its account only for the review endpoint: the API server does not take it. */
const mayProject = `${projectedKinds.map((kind) => `has(s.${kind})`).join(' || ')} || (has(s.serviceAccountToken) && s.serviceAccountToken.?audience.orValue('') == ${text(reviewAudience)})`;
const oneOf = (variable: string, kinds: string[]) => kinds.map((kind) => `has(${variable}.${kind})`).join(' || ');
/** A taint keeps a node for others: tolerated are those of the placement profile, to the letter, and what the API server adds to pods before it
 *  judges them: nodes that fail, nodes short of memory, nodes with a resource that the pod itself requests. */
const mayTolerate = [
  "params.spec.?tolerations.orValue([]).exists(p, p.key == t.?key.orValue('') && p.?operator.orValue('Equal') == t.?operator.orValue('Equal') && p.?value.orValue('') == t.?value.orValue('') && p.?effect.orValue('') == t.?effect.orValue(''))",
  `(t.?operator.orValue('Equal') == 'Exists' && (${[
    "(t.?effect.orValue('') == 'NoExecute' && t.?key.orValue('') in ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'])",
    "(t.?effect.orValue('') == 'NoSchedule' && t.?key.orValue('') == 'node.kubernetes.io/memory-pressure')",
    "(t.?effect.orValue('') == 'NoSchedule' && t.?key.orValue('').contains('/') && t.?key.orValue('') in params.spec.resourceNames && variables.resources.exists(r, t.?key.orValue('') in r))",
  ].join(' || ')}))`,
].join(' || ');
const reserved = `variables.account.startsWith(${text(reservedPrefix)})`;
const names = (list: string, variable = 'x') => `${list}.map(${variable}, ${variable}.name).join(', ')`;

export function podVariables({ spec, labels }: PodPlace): Record<string, string> {
  return {
    account: `${spec}.?serviceAccountName.orValue('default')`,
    labels,
    containers: `${spec}.containers + ${spec}.?initContainers.orValue([])`,
    volumes: `${spec}.?volumes.orValue([])`,
    claims: 'variables.volumes.filter(v, has(v.persistentVolumeClaim))',
    entries: 'params.spec.mounts.filter(m, m.serviceAccount == variables.account)',
    secrets: 'params.spec.secrets.filter(s, s.serviceAccount == variables.account).map(s, s.secret)',
    foreignSecrets: [
      "variables.volumes.filter(v, has(v.secret) && !(v.secret.?secretName.orValue('') in variables.secrets)).map(v, 'volume ' + v.name)",
      "variables.volumes.filter(v, has(v.projected) && v.projected.?sources.orValue([]).exists(s, has(s.secret) && !(s.secret.?name.orValue('') in variables.secrets))).map(v, 'volume ' + v.name)",
      "variables.containers.filter(c, c.?env.orValue([]).exists(e, has(e.valueFrom) && has(e.valueFrom.secretKeyRef) && !(e.valueFrom.secretKeyRef.?name.orValue('') in variables.secrets))).map(c, 'env of container ' + c.name)",
      "variables.containers.filter(c, c.?envFrom.orValue([]).exists(e, has(e.secretRef) && !(e.secretRef.?name.orValue('') in variables.secrets))).map(c, 'envFrom of container ' + c.name)",
    ].join(' + '),
    resources: [
      'variables.containers.map(c, c.?resources.?limits.orValue({})) + variables.containers.map(c, c.?resources.?requests.orValue({}))',
      `[${spec}.?resources.?limits.orValue({}), ${spec}.?resources.?requests.orValue({})]`,
    ].join(' + '),
    foreignResources: 'variables.resources.filter(r, r.exists(k, !(k in params.spec.resourceNames)))',
    foreignTolerations: `${spec}.?tolerations.orValue([]).filter(t, !(${mayTolerate}))`,
  };
}

/** The user reads the first refusal, so what most people meet first stands first. */
export function podValidations({ spec, field }: PodPlace): Validation[] {
  const security = `${spec}.?securityContext`;
  const write = '; `kubectl bulkhead run` writes a Job with all of it';
  return [
    {
      expression: '!has(params.spec.closed)',
      message: "'no pod may start in this lab: ' + params.spec.?closed.orValue('')",
    },
    {
      expression: `${security}.?runAsUser.orValue(-1) == params.spec.uid && ${security}.?runAsGroup.orValue(-1) == params.spec.gid && ${security}.?runAsNonRoot.orValue(false)`,
      message: `'${field}.securityContext must hold runAsUser: ' + string(params.spec.uid) + ', runAsGroup: ' + string(params.spec.gid) + ' and runAsNonRoot: true, the identity of this lab; it holds runAsUser: ' + string(${security}.?runAsUser.orValue(-1)) + ', runAsGroup: ' + string(${security}.?runAsGroup.orValue(-1)) + ' (-1: absent)${write}'`,
    },
    {
      expression:
        'variables.containers.all(c, c.?securityContext.?runAsUser.orValue(params.spec.uid) == params.spec.uid && c.?securityContext.?runAsGroup.orValue(params.spec.gid) == params.spec.gid && c.?securityContext.?runAsNonRoot.orValue(true))',
      message: `'securityContext of container ' + ${names(
        'variables.containers.filter(x, x.?securityContext.?runAsUser.orValue(params.spec.uid) != params.spec.uid || x.?securityContext.?runAsGroup.orValue(params.spec.gid) != params.spec.gid || !x.?securityContext.?runAsNonRoot.orValue(true))',
      )} + ' sets another identity; the only one in this lab is runAsUser: ' + string(params.spec.uid) + ', runAsGroup: ' + string(params.spec.gid) + '; leave it out to inherit that of the pod'`,
    },
    {
      expression: `${security}.?supplementalGroupsPolicy.orValue('Merge') == 'Strict'`,
      message: `'${field}.securityContext.supplementalGroupsPolicy is ' + ${security}.?supplementalGroupsPolicy.orValue('Merge') + '; it must be Strict, or the image could add groups of other labs${write}'`,
    },
    {
      expression: `${security}.?supplementalGroups.orValue([]).all(g, g == params.spec.gid || g in params.spec.supplementalGroups) && ${security}.?fsGroup.orValue(params.spec.gid) == params.spec.gid`,
      message: `'${field}.securityContext: supplementalGroups may hold ' + string(params.spec.gid) + params.spec.supplementalGroups.map(g, ', ' + string(g)).join() + ' and fsGroup may be ' + string(params.spec.gid) + '; they hold ' + ${security}.?supplementalGroups.orValue([]).map(g, string(g)).join(', ') + ' and fsGroup ' + string(${security}.?fsGroup.orValue(params.spec.gid)) + '; remove the others'`,
    },
    {
      expression: `variables.volumes.all(v, ${oneOf('v', volumeKinds)})`,
      message: `'${field}.volumes: ' + ${names(`variables.volumes.filter(x, !(${oneOf('x', volumeKinds)}))`)} + ' is of a kind that is not allowed in a lab; allowed are ${volumeKinds.join(', ')}; lab data is mounted through the claims of its instance'`,
    },
    {
      expression: `variables.volumes.all(v, !has(v.projected) || v.projected.?sources.orValue([]).all(s, ${mayProject}))`,
      message: `'${field}.volumes: ' + ${names(`variables.volumes.filter(x, has(x.projected) && !x.projected.?sources.orValue([]).all(s, ${mayProject}))`)} + ' projects what is not allowed in a lab; allowed sources are ${projectedKinds.join(', ')}; for a token of the service account there is no use here: set automountServiceAccountToken: false'`,
    },
    {
      expression: 'variables.foreignSecrets.size() == 0',
      message: `'${field}: ' + variables.foreignSecrets.join(', ') + ' uses a Secret that pods of service account ' + variables.account + ' may not use; they may use: ' + (variables.secrets.size() == 0 ? 'none' : variables.secrets.join(', '))`,
    },
    {
      expression: 'variables.claims.all(v, variables.entries.exists(e, e.claim == v.persistentVolumeClaim.claimName))',
      message: `'${field}.volumes: claim ' + variables.claims.filter(v, !variables.entries.exists(e, e.claim == v.persistentVolumeClaim.claimName)).map(v, v.persistentVolumeClaim.claimName).join(', ') + ' is not for service account ' + variables.account + '; it may mount: ' + (variables.entries.size() == 0 ? 'none' : variables.entries.map(e, e.claim).join(', ')) + '; add the data to the ProcessingInstance of that name, or run as another one. Data of an expired or revoked grant is no longer listed'`,
    },
    {
      expression:
        'variables.containers.all(c, c.?volumeMounts.orValue([]).all(m, variables.claims.all(v, v.name != m.name || (!has(m.subPathExpr) && variables.entries.exists(e, e.claim == v.persistentVolumeClaim.claimName && m.?subPath.orValue("") in e.subPaths)))))',
      message: `'${field}: a mount of claim ' + variables.claims.filter(v, variables.containers.exists(c, c.?volumeMounts.orValue([]).exists(m, m.name == v.name && (has(m.subPathExpr) || !variables.entries.exists(e, e.claim == v.persistentVolumeClaim.claimName && m.?subPath.orValue("") in e.subPaths))))).map(v, v.persistentVolumeClaim.claimName + ' has another subPath than the allowed: ' + variables.entries.filter(e, e.claim == v.persistentVolumeClaim.claimName).map(e, e.subPaths.map(p, p == "" ? "none" : p).join(', ')).join(', ')).join('; ') + ' (exact text; no subPathExpr)'`,
    },
    {
      expression:
        'variables.claims.all(v, (v.persistentVolumeClaim.?readOnly.orValue(false) || !variables.entries.exists(e, e.claim == v.persistentVolumeClaim.claimName && e.readOnly) || variables.entries.exists(e, e.claim == v.persistentVolumeClaim.claimName && !e.readOnly)) && variables.containers.all(c, c.?volumeMounts.orValue([]).all(m, m.name != v.name || m.?readOnly.orValue(false) || !variables.entries.exists(e, e.claim == v.persistentVolumeClaim.claimName && e.readOnly && m.?subPath.orValue("") in e.subPaths) || variables.entries.exists(e, e.claim == v.persistentVolumeClaim.claimName && !e.readOnly && m.?subPath.orValue("") in e.subPaths))))',
      message: `'${field}: claim ' + variables.claims.filter(v, variables.entries.exists(e, e.claim == v.persistentVolumeClaim.claimName && e.readOnly)).map(v, v.persistentVolumeClaim.claimName).join(', ') + ' is read-only for service account ' + variables.account + ' at subPath ' + variables.entries.filter(e, e.readOnly && variables.claims.exists(v, e.claim == v.persistentVolumeClaim.claimName)).map(e, e.subPaths.map(p, p == "" ? "none" : p).join(', ')).join(', ') + '; set readOnly: true on every such mount, and on the volume unless another part of it is writable'`,
    },
    {
      expression: 'variables.containers.all(c, c.?volumeDevices.orValue([]).size() == 0)',
      message: `'${field}: volumeDevices of container ' + ${names('variables.containers.filter(x, x.?volumeDevices.orValue([]).size() > 0)')} + ' are not allowed in a lab; use volumeMounts'`,
    },
    {
      expression: `variables.foreignResources.size() == 0 && ${spec}.?resourceClaims.orValue([]).size() == 0 && variables.containers.all(c, c.?resources.?claims.orValue([]).size() == 0)`,
      message: `'${field}: resources ' + (variables.foreignResources.size() == 0 ? 'claims' : variables.foreignResources.map(r, r.map(k, k).filter(k, !(k in params.spec.resourceNames)).join(', ')).join(', ')) + ' are not offered to this lab; it may request: ' + params.spec.resourceNames.join(', ')`,
    },
    {
      expression: `(request.operation != 'CREATE' || !has(${spec}.nodeName)) && ${spec}.?schedulerName.orValue('default-scheduler') == 'default-scheduler' && !${spec}.?priorityClassName.orValue('').startsWith('system-')`,
      message: `'${field}: nodeName, a schedulerName other than default-scheduler and a priorityClassName that begins with system- are not allowed in a lab; remove ' + (request.operation == 'CREATE' && has(${spec}.nodeName) ? 'nodeName ' + ${spec}.nodeName : ${spec}.?schedulerName.orValue('default-scheduler') != 'default-scheduler' ? 'schedulerName ' + ${spec}.schedulerName : 'priorityClassName ' + ${spec}.priorityClassName)`,
    },
    {
      expression: `${spec}.?runtimeClassName.orValue('') == params.spec.?runtimeClassName.orValue('')`,
      message: `'${field}.runtimeClassName is ' + ${spec}.?runtimeClassName.orValue('absent') + '; in this lab it must be ' + params.spec.?runtimeClassName.orValue('absent') + ', which the placement of the lab decides${write}'`,
    },
    {
      expression: `params.spec.?nodeSelector.orValue({}).all(k, k in ${spec}.?nodeSelector.orValue({}) && ${spec}.nodeSelector[k] == params.spec.nodeSelector[k])`,
      message: `'${field}.nodeSelector must hold ' + params.spec.?nodeSelector.orValue({}).map(k, k + ': ' + params.spec.nodeSelector[k]).join(', ') + ', the nodes of this lab${write}'`,
    },
    {
      expression: 'variables.foreignTolerations.size() == 0',
      message: `'${field}.tolerations: ' + variables.foreignTolerations.map(t, t.?key.orValue('') == '' ? 'every taint' : t.?key.orValue('')).join(', ') + ' is a taint of nodes that are kept for others; this lab tolerates: ' + (params.spec.?tolerations.orValue([]).size() == 0 ? 'none' : params.spec.tolerations.map(p, p.key + ' (' + p.?operator.orValue('Equal') + ' "' + p.?value.orValue('') + '", effect "' + p.?effect.orValue('') + '")').join(', ')) + '; write it exactly so, or remove it'`,
    },
    {
      // Pod Security refuses these too, by labels of the namespace; here they cannot be lost with a label.
      expression: `!${spec}.?hostNetwork.orValue(false) && !${spec}.?hostPID.orValue(false) && !${spec}.?hostIPC.orValue(false) && variables.containers.all(c, !c.?securityContext.?privileged.orValue(false) && !c.?securityContext.?allowPrivilegeEscalation.orValue(true) && c.?securityContext.?capabilities.?add.orValue([]).size() == 0 && c.?securityContext.?procMount.orValue('Default') == 'Default' && c.?ports.orValue([]).all(p, p.?hostPort.orValue(0) == 0))`,
      message: `'${field}: hostNetwork, hostPID, hostIPC, hostPort, privileged, capabilities.add and procMount are not allowed in a lab, and every container needs securityContext.allowPrivilegeEscalation: false${write}'`,
    },
  ];
}

/** Pods that the operator's own workloads make: their labels are the operator's word. */
const byOperatorsWorkload = (settings: AdmissionSettings) =>
  `(${byOperator(settings)} || (${byController('statefulset-controller')} && object.metadata.?ownerReferences.orValue([]).exists(o, o.kind == 'StatefulSet')))`;

/** Services and network policies select pods by these labels, so a pod cannot pose as another instance or as its component. */
export function labelValidation({ field }: PodPlace, settings: AdmissionSettings): Validation {
  const own = `variables.labels[?${text(instanceLabel)}].orValue(variables.account) == variables.account`;
  const part = `variables.labels[?${text(partLabel)}].orValue('job') == 'job' && !(${text(managedLabel)} in variables.labels)`;
  return {
    expression: `${reserved} || (${own} && (${byOperatorsWorkload(settings)} || (${part})))`,
    message: `'${field.replace(/spec$/, 'metadata')}.labels: ${instanceLabel} must be the service account ' + variables.account + ', ${partLabel} must be job, or both absent, and ${managedLabel} must be absent; these labels choose who receives connections'`,
  };
}

/** What the kubelet gives a pod that does not want to end when its deadline has come, and the default of Kubernetes. */
const longestGraceSeconds = 30;
/** How long before an end the last pod of a StatefulSet may be made. When the kubelet ends a pod on time, its StatefulSet makes the next one at once: in the
 *  same second, by a clock that may be behind. With no operator that one would have no deadline at all. */
const lastStartSeconds = 30;

/** A mount with an end needs a pod that ends before it, so that the kubelet keeps the date even when nobody else is alive. The template of a
 *  StatefulSet cannot carry a deadline: its pods may be made until shortly before the end, and the operator then sets the deadline on the running pod. A pod that
 *  ignores SIGTERM lives on for its grace period, of years if it says so. */
export function expiryValidations({ spec, field }: PodPlace): Validation[] {
  const ends = 'variables.entries.filter(e, has(e.notAfter) && variables.claims.exists(v, v.persistentVolumeClaim.claimName == e.claim))';
  const theirEnds = `${ends}.map(e, 'claim ' + e.claim + ' ends at ' + string(e.notAfter)).join(', ')`;
  const created = 'timestamp(object.metadata.creationTimestamp)';
  const statefulSet = `(${byController('statefulset-controller')} && object.metadata.?ownerReferences.orValue([]).exists(o, o.kind == 'StatefulSet'))`;
  const grace = `${spec}.?terminationGracePeriodSeconds.orValue(${longestGraceSeconds})`;
  return [
    {
      expression: `request.operation != 'CREATE' || ${ends}.all(e, ${statefulSet} ? ${created} + duration('${lastStartSeconds}s') <= timestamp(e.notAfter) : (has(${spec}.activeDeadlineSeconds) && ${created} + duration(string(${spec}.activeDeadlineSeconds) + 's') <= timestamp(e.notAfter)))`,
      message: `'${field}.activeDeadlineSeconds is ' + (has(${spec}.activeDeadlineSeconds) ? string(${spec}.activeDeadlineSeconds) : 'absent') + '; ' + ${theirEnds} + '; the pod must be made ${lastStartSeconds} s before that by a StatefulSet, or with activeDeadlineSeconds so that it ends before that (a Job: in its pod template)'`,
    },
    {
      expression: `request.operation != 'CREATE' || ${grace} <= ${longestGraceSeconds} || ${ends}.size() == 0`,
      message: `'${field}.terminationGracePeriodSeconds is ' + string(${grace}) + '; ' + ${theirEnds} + ', and a pod that mounts it must be gone soon after; set ${longestGraceSeconds} or less, or leave it out'`,
    },
  ];
}
