// Where the attacks take place: the names of one lab, its neighbours and its people. The tables are written against a scene, so they run
// on a bare API server as well as on a node with the operator and real labs.
import type { Placement } from '../api/labpolicy.ts';
import type { Backend } from '../config.ts';
import { type Actor, person, serviceAccount } from './actor.ts';

export interface Scene {
  lab: string;
  /** Namespace of the lab. */
  namespace: string;
  /** Namespace of another lab. */
  neighbour: string;
  /** Namespace of a suspended lab with the same rules and accounts. Absent where none is suspended. */
  suspended?: string;
  /** Namespace of a lab with the same rules and accounts whose LabPolicy lets no pod start. Absent where none is closed. */
  closed?: string;
  /** Labels of the namespace of the lab. */
  namespaceLabels: Record<string, string>;
  uid: number;
  gid: number;
  /** Group of a lab that granted data; a pod of this lab may have it. */
  grantorGid: number;
  /** Where the pods of the lab run; absent: the lab is bound to no nodes. */
  placement?: Placement;
  /** Group of a lab that granted nothing. */
  foreignGid: number;
  /** Instance in whose name people run Jobs, and what its service account may mount. */
  instance: string;
  /** `readOnly`: another part of the same claim, which it may only read; absent where there is none. */
  own: { claim: string; subPath: string; readOnly?: string };
  granted: { claim: string; subPath: string; notAfter: string };
  /** Claim of the instance whose time is over; the LabPolicy still lists it. */
  ended: { claim: string; subPath: string };
  /** Claim and Secret that exist in the lab, but are for another account. */
  foreign: { claim: string; secret: string };
  /** Secret that the instance may use. */
  secret: string;
  /** Account of a database of the lab. */
  databaseAccount: string;
  operatorNamespace: string;
  /** First port of a block and the size of blocks. */
  ports: { base: number; blockSize: number };
  /** A directory below a configured hostPath backend, and that backend. */
  backend: string;
  /** A configured CSI backend, when there is one. */
  csi?: Extract<Backend, { type: 'csi' }>;
  /** An instance that is for some only: one of them, and one who holds `compute` in the lab all the same. */
  exclusive: { instance: string; insider: Actor; outsider: Actor };
  /** Objects of the lab that exist, for attacks on what is there. */
  existing: {
    pod: string;
    statefulSet: string;
    service: string;
    claim: string;
    volume: string;
    job: string;
    cronJob: string;
    instance: string;
    /** A ProcessingInstance of which the administrator of the lab is not the owner. */
    ofAnother: string;
    /** DataGrant of the operator that says what outputs were derived from, and its inputs. */
    outputs: { grant: string; inputs: { lab: string; volume: string; path?: string | undefined }[] };
    grant: string;
    /** Volume that has nothing to do with labs. */
    foreignVolume?: string;
    /** Made by the operator. */
    secret: string;
  };
  /** Who attacks policies: RBAC lets them do everything, so that only admission decides. */
  actors: {
    /** Holds the verb `compute` on the instances of the lab. */
    member: Actor;
    /** Holds `compute` and `share`. */
    admin: Actor;
    /** May make Pods and Jobs, but not run as an instance. */
    viewer: Actor;
    /** The instance, which holds nothing but being it. */
    account: Actor;
    /** May change what exists, but holds no verb of Bulkhead. */
    patcher: Actor;
    operator: Actor;
    clusterAdmin: Actor;
    /** Holds `compute` and `share`, but the LabPolicy bars him. Absent where nobody is barred. */
    barred?: Actor;
    /** Holds `compute` and may change the Lab, but was not seen for too long. Absent where nobody is inactive. */
    unseen?: Actor;
    /** May share inside the lab, and not outside. Absent where there is no such person. */
    insideSharer?: Actor;
    /** May share some part of the lab. Absent where there is no such person. */
    partSharer?: Actor;
  };
  /** The same people and others with nothing but the roles that the chart and the operator gave them, so that RBAC decides. */
  people: {
    anonymous: Actor;
    /** Authenticated, in no lab. */
    stranger: Actor;
    viewer: Actor;
    member: Actor;
    admin: Actor;
    /** Administers another lab. */
    neighbour: Actor;
    /** Service account of the instance, as its pods would be if they had a token. */
    account: Actor;
    databaseAccount: Actor;
    operator: Actor;
  };
  /** Group that RBAC lets do everything; whoever has it among his groups meets admission alone. */
  everyRight: string;
  /** Group that RBAC lets do everything, but without the verbs that admission asks for. A cluster that is verified has none: there, people have what they
   *  have. */
  everyRightButVerbs?: string;
}

/** The actor with every right by RBAC. */
export const freed = ({ everyRight }: Pick<Scene, 'everyRight'>, actor: Actor): Actor => ({
  ...actor,
  groups: [...(actor.groups ?? []), everyRight],
});

/** The actor with as many rights by RBAC as can be had without the verbs that admission asks for. */
export const withoutVerbs = ({ everyRightButVerbs }: Pick<Scene, 'everyRightButVerbs'>, actor: Actor): Actor =>
  everyRightButVerbs === undefined ? actor : freed({ everyRight: everyRightButVerbs }, actor);

/** Those who are the same in every lab. */
export const anonymous: Actor = { user: 'system:anonymous', groups: ['system:unauthenticated'] };
export const stranger = person('stranger@nowhere.invalid');
export const accountsOf = ({
  namespace,
  instance,
  databaseAccount,
  operatorNamespace,
}: Pick<Scene, 'namespace' | 'instance' | 'databaseAccount' | 'operatorNamespace'>) => ({
  account: serviceAccount(namespace, instance),
  databaseAccount: serviceAccount(namespace, databaseAccount),
  operator: serviceAccount(operatorNamespace, 'bulkhead'),
});
