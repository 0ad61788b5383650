// Every attack that the walls are known to refuse, by who attacks or what is attacked. A table is a function of the scene: names and people of a
// lab that exists.
import { createHash } from 'node:crypto';
import type { Attack } from './attack.ts';
import { audienceAttacks } from './audienceattacks.ts';
import { barredAttacks } from './barredattacks.ts';
import { definitionAttacks } from './definitionattacks.ts';
import { forbiddenRights } from './forbiddenrights.ts';
import { foreignLabs } from './foreignlabs.ts';
import { identityAttacks } from './identityattacks.ts';
import { cronJobAttacks, jobAttacks } from './jobattacks.ts';
import { labAttacks } from './labattacks.ts';
import { managedKindAttacks } from './managedkindattacks.ts';
import { mountAttacks, timeAttacks } from './mountattacks.ts';
import { namespaceAttacks } from './namespaceattacks.ts';
import { protectedObjectAttacks, serviceAttacks, tokenAttacks } from './objectattacks.ts';
import { operatorAttacks } from './operatorattacks.ts';
import { operatorRights } from './operatorrights.ts';
import { outputAttacks } from './outputattacks.ts';
import { ownerAttacks } from './ownerattacks.ts';
import { connectionAttacks, pathAttacks } from './pathattacks.ts';
import { placementAttacks } from './placementattacks.ts';
import { recordAttacks } from './recordattacks.ts';
import { restAttacks } from './restattacks.ts';
import { runAttacks } from './runattacks.ts';
import type { Scene } from './scene.ts';
import { sharingAttacks } from './sharingattacks.ts';
import { stepsUp } from './stepsup.ts';
import { volumeAttacks } from './volumeattacks.ts';

type Table = (scene: Scene) => Attack[];

/** By the code with which the identifiers of the attacks begin. */
const tables: Record<string, [title: string, table: Table]> = {
  POD: ['a pod', identityAttacks],
  PLC: ['where a pod runs', placementAttacks],
  MNT: ['a pod with its mounts', mountAttacks],
  END: ['the end of a grant', timeAttacks],
  JOB: ['the pod of a Job', jobAttacks],
  CRN: ['the pods of a CronJob', cronJobAttacks],
  CON: ['connections into pods', connectionAttacks],
  WAY: ['other ways to the same end', pathAttacks],
  RUN: ['who runs as whom', runAttacks],
  AUD: ['instances that are for others', audienceAttacks],
  OUT: ['what outputs were derived from', outputAttacks],
  OWN: ['instances in the name of others', ownerAttacks],
  BAR: ['people whose membership has ended', barredAttacks],
  KND: ['kinds that the operator alone writes', managedKindAttacks],
  OBJ: ['objects of the operator', protectedObjectAttacks],
  TOK: ['tokens of accounts', tokenAttacks],
  SVC: ['Services', serviceAttacks],
  SUS: ['labs at rest', restAttacks],
  CHG: ['changes of the Lab', labAttacks],
  NSP: ['lab namespaces', namespaceAttacks],
  VOL: ['volumes', volumeAttacks],
  SHR: ['sharing data', sharingAttacks],
  REC: ['grants and records', recordAttacks],
  DEF: ['definitions of kinds', definitionAttacks],
  OPR: ['a stolen token of the operator', operatorAttacks],
  RGT: ['rights that nobody in a lab has', forbiddenRights],
  LAB: ['other labs', foreignLabs],
  ROL: ['steps from one role to the next', stepsUp],
  OPX: ['rights that the operator does not have', operatorRights],
};

export const attackTables: Record<string, Table> = Object.fromEntries(Object.values(tables));

export interface Catalogued {
  /** By which an auditor cites the attack. It follows from the table and the name: in other words it is another attack. */
  id: string;
  table: string;
  attack: Attack;
}

/** Every attack with its identifier. */
export const catalogue = (scene: Scene): Catalogued[] =>
  Object.entries(tables).flatMap(([code, [table, attacks]]) =>
    attacks(scene).map((attack) => ({ id: `${code}-${fingerprint(attack.name)}`, table, attack })),
  );
const fingerprint = (name: string) => createHash('sha256').update(name).digest('hex').slice(0, 6);
