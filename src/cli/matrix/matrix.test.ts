// The matrix of a lab in every form.
import { expect, test } from 'vitest';
import { aDataGrant } from '../../../test/fixtures/datagrant.ts';
import { aLab } from '../../../test/fixtures/lab.ts';
import { anInstance } from '../../../test/fixtures/processinginstance.ts';
import { facilityOf, nothing } from '../facility/objects.ts';
import { matrixHtml } from './html.ts';
import { matrixOf } from './matrix.ts';
import { csvField, matrixCsv, matrixJson, matrixTable } from './text.ts';

const at = Date.parse('2026-05-12T08:00:00Z');
const smith = aLab('smith')
  .with('pi', 'full-read-write')
  .with('vic', 'limited-read-only')
  .member({ user: 'gone', roles: ['read-only'], suspended: true })
  .build();
const jones = aLab('jones')
  .with('eve', 'read-only')
  .with('mal', 'read-only')
  .group({ name: 'seniors', users: ['mal'] })
  .build();
const inSmith = (name: string, spec: object) => aDataGrant({ owner: 'smith', spec }).named(name).of('projects');
const facility = facilityOf(
  {
    ...nothing,
    labs: [smith, jones],
    grants: [
      inSmith('to-jones', { grantor: 'pi', reason: 'A joint <b>paper</b>' }).paths('p1').to('jones').until('2027-01-01T00:00:00Z').build(),
      inSmith('seniors', { subjects: [{ kind: 'Group', name: 'jones/seniors' }] })
        .paths('p2')
        .build(),
      inSmith('by-vic', { grantor: 'vic' }).paths('p3').to('jones').build(),
    ],
    instances: [
      anInstance('relion').data({ volume: 'projects', mountPath: '/data', mode: 'ReadWrite' }).build(),
      anInstance('viewer')
        .of('jones')
        .data({ from: { lab: 'smith', grant: 'to-jones' }, path: 'p1', mountPath: '/in' })
        .build(),
    ],
    access: { admins: { users: ['root'], groups: [] }, allowAnonymous: false },
  },
  'a test',
);
const matrix = matrixOf(facility, 'smith', at);

test('the table shows people, places, grants with ends and reasons, and instances with their mounts', () => {
  expect(matrixTable(matrix)).toBe(`\
Lab smith, 2026-05-12T08:00:00Z

PEOPLE                   P1            P2            P3            P4            NOTE
gone                     -             -             -             -             OUT: the membership is suspended; read-only
pi                       rxfwicdsSa    rxfwicdsSa    rxfwicdsSa    rxfwicdsSa    full-read-write
vic                      r             r             r             r             limited-read-only
root                     rxfwicdsSta   rxfwicdsSta   rxfwicdsSta   rxfwicdsSta   facility administrator
everybody in lab jones   -             r             -             -             2 people; who differs stands below
mal                      -             r             r             -             of lab jones

P1  smith:projects  (the whole root)
P2  smith:projects/p1
P3  smith:projects/p2
P4  smith:projects/p3

r read, x export, f fork, w write, i import, c compute, d delete, s share, S shareExternal, t token, a administer

GRANT      PATHS               WHAT                                STATE          UNTIL                  ANSWERS        REASON
by-vic     smith:projects/p3   gives read to Lab jones             Not accepted   no end                 vic
seniors    smith:projects/p2   gives read to Group jones/seniors   Active         no end                 the facility
to-jones   smith:projects/p1   gives read to Lab jones             Active         2027-01-01T00:00:00Z   pi             A joint <b>paper</b>
by-vic gives nothing: vic may not shareExternal smith:projects/p3: no role, group or grant allows it; ask for a DataGrant or a role that holds it

INSTANCE       AUDIENCE               OWNER          MOUNT   DATA
smith/relion   everybody in the lab   the facility   /data   projects, ReadWrite: refused (AudienceLacks): vic may not write smith:projects: no role, group or grant allows it; ask for a DataGrant or a role that holds it; everybody who uses the instance needs it, see spec.audience
jones/viewer   everybody in the lab   the facility   /in     smith/to-jones: p1, ReadOnly, until 2027-01-01T00:00:00Z
`);
});

test('JSON has the same with verbs and instants in full', () => {
  const json = JSON.parse(matrixJson(matrix));
  expect(json).toMatchObject({ version: 1, lab: 'smith', at: '2026-05-12T08:00:00Z' });
  expect(json.rows.find(({ name }: { name: string }) => name === 'mal')).toMatchObject({ cells: [[], ['read'], ['read'], []] });
  expect(json.grants[2]).toMatchObject({ name: 'to-jones', until: '2027-01-01T00:00:00Z' });
});

test('CSV has a line for each person and place, and nothing that a spreadsheet would run', () => {
  expect(matrixCsv(matrix).split('\r\n').slice(0, 6)).toEqual([
    'lab,who,kind,place,verbs,note',
    'smith,gone,User,smith:projects,,OUT: the membership is suspended; read-only',
    'smith,gone,User,smith:projects/p1,,OUT: the membership is suspended; read-only',
    'smith,gone,User,smith:projects/p2,,OUT: the membership is suspended; read-only',
    'smith,gone,User,smith:projects/p3,,OUT: the membership is suspended; read-only',
    'smith,pi,User,smith:projects,read export fork write import compute delete share shareExternal administer,full-read-write',
  ]);
  expect(['=cmd()', '+1', '-1', '@x', 'a,b', 'say "x"', 'plain'].map(csvField)).toEqual([
    "'=cmd()",
    "'+1",
    "'-1",
    "'@x",
    '"a,b"',
    '"say ""x"""',
    'plain',
  ]);
});

test('the page loads and runs nothing, and shows what objects say as text', () => {
  const html = matrixHtml(matrix);
  expect(html).toContain("default-src 'none'");
  expect(html).not.toMatch(/<script|<link|<img|<iframe|src=|href=|url\(|@import|\son[a-z]+=/i);
  expect(html).toContain('A joint &lt;b&gt;paper&lt;/b&gt;');
  expect(html).toContain('<tr class="admin"><th scope="row">root<small>facility administrator</small></th>');
  expect(html).toMatch(/<tr class="out"><th scope="row">gone<small>OUT: the membership is suspended/);
  expect(html).toContain('prefers-color-scheme: dark');
  expect(html).toContain('@media print');
});

test('the page stays a page whatever names say', () => {
  const evil = `"><script>alert(1)</script>'&\u202e`;
  const html = matrixHtml(
    matrixOf(facilityOf({ ...nothing, labs: [aLab('smith').with(evil, 'read-only').build()] }, evil, [evil]), 'smith', at),
  );
  expect(html).not.toContain('<script');
  expect(html).not.toContain('\u202e');
  expect(html.match(/&quot;&gt;&lt;script&gt;alert\(1\)&lt;\/script&gt;&#39;&amp;/g)?.length).toBeGreaterThanOrEqual(3);
});
