// The storage backends as text in the CEL of bulkhead-volumes. Written in two ways that give the same text, letter by letter: by the chart from its
// values, and by the operator from its configuration, which compares the two. Each backend is one flat map of strings with its keys in
// order: CEL has no maps of mixed types.
import type { Backend } from '../config.ts';

/** Before the name of a CSI volume attribute in such a map. */
export const attributePrefix = 'attribute:';
/** Every map has them, empty where a type has no such field. */
const fields = ['type', 'path', 'server', 'driver', 'pathAttribute'] as const;

export function backendsText(backends: Backend[]): string {
  const maps = backends.map((backend) => {
    const given: Partial<Record<(typeof fields)[number], string>> = backend;
    const attributes = backend.type === 'csi' ? Object.entries(backend.attributes) : [];
    const entries = [
      ...fields.map((field) => [field, given[field] ?? '']),
      ...attributes.map(([name, value]) => [attributePrefix + name, value]),
    ];
    return goJson(Object.fromEntries(entries.sort(([a = ''], [b = '']) => (a < b ? -1 : 1))));
  });
  return `[${maps.join(', ')}]`;
}

/** As Go writes JSON, and so Helm: three characters that mean something in HTML, and two that end a line in JavaScript, are escaped. */
const goJson = (value: object) =>
  JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The same as a Helm template. */
export const backendsTemplate = [
  '[{{ range $index, $backend := .Values.config.storage.backends }}{{ if $index }}, {{ end }}',
  `{{ $map := dict ${fields.map((field) => `"${field}" ($backend.${field} | default "")`).join(' ')} }}`,
  `{{ range $name, $value := $backend.attributes }}{{ $_ := set $map (printf "${attributePrefix}%s" $name) $value }}{{ end }}`,
  '{{ toJson $map }}{{ end }}]',
].join('');
