// A matrix as one HTML page: nothing is loaded, nothing runs, everything is escaped. To read, to print, to mail. Pure.
import { inLetters, letters, verbs } from '../facility/letters.ts';
import { instantText } from '../instant.ts';
import type { GrantLine, InstanceLine, Matrix, Row } from './matrix.ts';
import { noteText, refusalText } from './text.ts';

export function matrixHtml(matrix: Matrix): string {
  const { lab, displayName, contacts, at, source, unread, grants, instances } = matrix;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${text(displayName)}: who may do what</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${text(displayName)}</h1>
<p>Who may do what in lab <b>${text(lab)}</b>, as of ${when(at)}, from ${text(source)}.</p>
${contacts.length === 0 ? '' : `<p>Ask ${contacts.map(({ name, email }) => `${text(name)} &lt;${text(email)}&gt;`).join(', ')}.</p>`}
${unread.map((what) => `<p class="warning">Not read: ${text(what)}.</p>`).join('\n')}
</header>
<main>
<h2>People and places</h2>
${key}
${peopleTable(matrix)}
<h2>Grants</h2>
${grants.length === 0 ? '<p>Nothing is granted, restricted or derived.</p>' : grantTable(grants)}
<h2>Applications and workspaces</h2>
${instances.length === 0 ? '<p>None.</p>' : instanceTable(instances, lab)}
</main>
</body>
</html>
`;
}

const key = `<ul class="key">${verbs.map((verb) => `<li><b class="${shade(verb)}">${letters[verb]}</b> ${verb}</li>`).join('')}</ul>`;

const peopleTable = ({ places, rows }: Matrix): string => `<div class="scroll"><table class="matrix">
<thead><tr><th scope="col">Who</th>${places.map(({ name, kind }) => `<th scope="col">${breakable(name)}${kind === 'Root' ? '<small>the whole root</small>' : ''}</th>`).join('')}</tr></thead>
<tbody>
${rows.map(personRow).join('\n')}
</tbody>
</table></div>`;

function personRow(row: Row): string {
  const kinds = [...(row.isAdmin ? ['admin'] : []), ...(row.out === undefined ? [] : ['out']), ...(row.kind === 'User' ? [] : ['many'])];
  const note = noteText(row);
  const cells = row.cells.map((cell) => {
    const title = cell.join(', ') || 'nothing';
    const inside = cell.map((verb) => `<b class="${shade(verb)}">${letters[verb]}</b>`).join('') || '<span class="none">–</span>';
    return `<td title="${text(title)}"><span class="plain">${inLetters(cell)}</span><span class="chips" aria-hidden="true">${inside}</span></td>`;
  });
  return `<tr class="${kinds.join(' ')}"><th scope="row">${text(row.name)}${note === '' ? '' : `<small>${text(note)}</small>`}</th>${cells.join('')}</tr>`;
}

/** Reading, changing, and deciding about others look different. */
function shade(verb: string): 'look' | 'change' | 'decide' {
  if (['read', 'export', 'fork'].includes(verb)) return 'look';
  return ['share', 'shareExternal', 'token', 'administer'].includes(verb) ? 'decide' : 'change';
}

const grantTable = (grants: GrantLine[]): string => `<div class="scroll"><table>
<thead><tr>${['Name', 'Where', 'What', 'State', 'Until', 'Who answers', 'Why'].map((name) => `<th scope="col">${name}</th>`).join('')}</tr></thead>
<tbody>
${grants
  .map(
    ({ name, paths, what, state, from, until, answers, reason, fault, effect }) =>
      `<tr class="${state === 'Active' ? effect.toLowerCase() : 'out'}"><th scope="row">${text(name)}</th>${[
        paths.map(breakable).join('<br>'),
        text(what),
        fault === undefined ? state : `<span class="warning">${text(fault)}</span>`,
        `${state === 'Pending' && from !== undefined ? `from ${when(from)} ` : ''}${until === undefined ? 'no end' : when(until)}`,
        text(answers),
        text(reason),
      ]
        .map((cell) => `<td>${cell}</td>`)
        .join('')}</tr>`,
  )
  .join('\n')}
</tbody>
</table></div>`;

const instanceTable = (instances: InstanceLine[], lab: string): string => `<div class="scroll"><table>
<thead><tr>${['Name', 'For whom', 'Who answers', 'Sees as', 'Data', 'How', 'Until'].map((name) => `<th scope="col">${name}</th>`).join('')}</tr></thead>
<tbody>
${instances.flatMap((instance) => instanceRows(instance, lab)).join('\n')}
</tbody>
</table></div>`;

function instanceRows({ lab: own, name, audience, owner, mounts }: InstanceLine, lab: string): string[] {
  const height = Math.max(1, mounts.length);
  const about = [
    `<th scope="row" rowspan="${height}">${text(own === lab ? name : `${own}/${name}`)}</th>`,
    ...[audience, owner].map((cell) => `<td rowspan="${height}">${text(cell)}</td>`),
  ];
  if (mounts.length === 0) return [`<tr>${about.join('')}<td colspan="4">no data</td></tr>`];
  return mounts.map((mount, index) => {
    const end = mount.mounted
      ? mount.until === undefined
        ? 'no end'
        : when(mount.until)
      : `<span class="warning">${text(refusalText(mount))}</span>`;
    const cells = [breakable(mount.mountPath), breakable(mount.source), text(mount.mode), end].map((cell) => `<td>${cell}</td>`);
    return `<tr>${index === 0 ? about.join('') : ''}${cells.join('')}</tr>`;
  });
}

const inWords = (at: number): string => instantText(at).replace('T', ' ').replace(/:00Z$/, ' UTC').replace(/Z$/, ' UTC');

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** What an object says is text, whatever it looks like; marks that turn the direction of writing are shown as what they are. */
const text = (raw: string): string =>
  raw.replace(/[\p{Cc}\p{Cf}]/gu, (mark) => (mark === '\n' ? ' ' : '�')).replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);
/** A path may break where it has a slash. */
const breakable = (path: string): string => `<span class="path">${text(path).replaceAll('/', '/<wbr>')}</span>`;
/** A date is read as one word. */
const when = (at: number): string => `<time datetime="${new Date(at).toISOString()}">${text(inWords(at))}</time>`;

const style = `
:root { color-scheme: light dark; --line: #c9ced6; --soft: #f3f5f8; --ink: #1b2430; --dim: #5b6675; --look: #dcebdc; --change: #f7e6c4; --decide: #f3d3d3; --warn: #9b1c1c; --paper: #fff; }
@media (prefers-color-scheme: dark) { :root { --line: #3b4554; --soft: #202833; --ink: #e4e8ee; --dim: #9aa5b4; --look: #24452b; --change: #54431a; --decide: #5a2628; --warn: #ff9c9c; --paper: #151b23; } }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto; max-width: 90rem; padding: 0 1rem; }
h1 { margin: 0 0 .3rem; font-size: 1.7rem; } h2 { margin: 2rem 0 .6rem; font-size: 1.2rem; } p { margin: .3rem 0; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; }
th, td { border: 1px solid var(--line); padding: .35rem .55rem; text-align: left; vertical-align: top; } th { font-weight: 600; }
td { min-width: 6rem; } time, .path, tbody th { white-space: nowrap; }
thead th { background: var(--soft); } small { display: block; font-weight: 400; color: var(--dim); max-width: 24rem; white-space: normal; }
.matrix tbody th { position: sticky; left: 0; background: var(--paper); } .matrix td { white-space: nowrap; min-width: 0; }
.plain { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.chips b, .key b { display: inline-block; min-width: 1.2em; margin-right: 2px; border-radius: 3px; text-align: center; font: 600 .85em/1.35 ui-monospace, monospace; }
.look { background: var(--look); } .change { background: var(--change); } .decide { background: var(--decide); } .none { color: var(--dim); }
.key { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem 1rem; color: var(--dim); }
tr.admin th { border-left: 4px solid var(--warn); } tr.out { color: var(--dim); } tr.out th { text-decoration: line-through; } tr.out th small { text-decoration: none; display: inline-block; }
tr.many th { font-style: italic; font-weight: 500; } .warning { color: var(--warn); }
@media (max-width: 40rem) { body { margin: 1rem auto; } .matrix tbody th { min-width: 8.5rem; max-width: 8.5rem; white-space: normal; overflow-wrap: anywhere; } }
@page { size: landscape; margin: 12mm; }
@media print {
  body { margin: 0; padding: 0; max-width: none; font-size: 10px; } .scroll { overflow: visible; } tr, thead { break-inside: avoid; } h2 { break-after: avoid; }
  thead { display: table-header-group; } td { min-width: 0; } .path, tbody th { white-space: normal; overflow-wrap: anywhere; }
  .matrix tbody th { position: static; } .matrix td { white-space: normal; }
  b.look, b.change, b.decide { outline: 1px solid var(--line); outline-offset: -1px; print-color-adjust: exact; }
}
`;
