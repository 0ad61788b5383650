// The part of CEL that the rules of our CRDs use, so that manifests are judged without an API server by the very rules that it would apply. A rule
// that needs more than this is not decided here: the API server has the last word anyway.

type Value = unknown;
type Scope = Record<string, Value>;
type Node = (scope: Scope) => Value;

/** A rule uses something that only the API server knows. */
class Undecided extends Error {}

/** @returns whether the rule holds; undefined: it cannot be decided here */
export function holds(rule: string, scope: Scope): boolean | undefined {
  try {
    return compiled(rule)(scope) === true;
  } catch (error) {
    if (error instanceof Undecided) return undefined;
    return false; // an error in a rule refuses the object, as in the API server
  }
}

const cache = new Map<string, Node>();
function compiled(rule: string): Node {
  let node = cache.get(rule);
  if (!node) {
    node = new Parser(rule).parse();
    cache.set(rule, node);
  }
  return node;
}

const token = /\s*(?:([A-Za-z_][A-Za-z0-9_]*)|(\d+)|'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(&&|\|\||==|!=|<=|>=|[-!<>?:.,()[\]+]))/y;

class Parser {
  readonly #tokens: { kind: 'name' | 'number' | 'text' | 'sign' | 'end'; text: string }[] = [];
  #next = 0;

  constructor(source: string) {
    token.lastIndex = 0;
    while (source.slice(token.lastIndex).trim() !== '') {
      const match = token.exec(source);
      if (!match) throw new Undecided(source);
      const [, name, number, single, double, sign] = match;
      if (name !== undefined) this.#tokens.push({ kind: 'name', text: name });
      else if (number !== undefined) this.#tokens.push({ kind: 'number', text: number });
      else if (sign !== undefined) this.#tokens.push({ kind: 'sign', text: sign });
      else this.#tokens.push({ kind: 'text', text: (single ?? double ?? '').replace(/\\(.)/g, '$1') });
    }
    this.#tokens.push({ kind: 'end', text: '' });
  }

  parse(): Node {
    const node = this.#expression();
    if (this.#tokens[this.#next]?.kind !== 'end') throw new Undecided();
    return node;
  }

  #expression(): Node {
    const condition = this.#or();
    if (!this.#take('?')) return condition;
    const [yes] = [this.#expression(), this.#expect(':')];
    const no = this.#expression();
    return (scope) => (condition(scope) ? yes(scope) : no(scope));
  }

  #or(): Node {
    const parts = [this.#and()];
    while (this.#take('||')) parts.push(this.#and());
    return parts.length === 1 ? parts[0]! : (scope) => parts.some((part) => part(scope) === true);
  }

  #and(): Node {
    const parts = [this.#relation()];
    while (this.#take('&&')) parts.push(this.#relation());
    return parts.length === 1 ? parts[0]! : (scope) => parts.every((part) => part(scope) === true);
  }

  #relation(): Node {
    const left = this.#unary();
    const operator = this.#tokens[this.#next];
    const compare = operator && operator.kind !== 'text' ? relations[operator.text] : undefined;
    if (!compare) return left;
    this.#next++;
    const right = this.#unary();
    return (scope) => compare(left(scope), right(scope));
  }

  #unary(): Node {
    if (!this.#take('!')) return this.#postfix();
    const negated = this.#unary();
    return (scope) => negated(scope) !== true;
  }

  #postfix(): Node {
    let node = this.#primary();
    while (this.#take('.')) {
      const name = this.#name();
      const target = node;
      node = this.#take('(') ? this.#method(target, name) : (scope) => field(target(scope), name);
    }
    return node;
  }

  #method(target: Node, name: string): Node {
    if (name === 'all' || name === 'exists') {
      const variable = this.#name();
      this.#expect(',');
      const body = this.#expression();
      this.#expect(')');
      return (scope) => {
        const items = itemsOf(target(scope));
        const test = (item: Value) => body({ ...scope, [variable]: item }) === true;
        return name === 'all' ? items.every(test) : items.some(test);
      };
    }
    const parameters = this.#arguments();
    const method = methods[name];
    return (scope) => {
      if (!method) throw new Undecided(name);
      return method(target(scope), ...parameters.map((parameter) => parameter(scope)));
    };
  }

  #primary(): Node {
    const { kind, text } = this.#tokens[this.#next++]!;
    if (kind === 'number') return () => Number(text);
    if (kind === 'text') return () => text;
    if (text === '(') {
      const inner = this.#expression();
      this.#expect(')');
      return inner;
    }
    if (text === '[') {
      const items = this.#arguments(']');
      return (scope) => items.map((item) => item(scope));
    }
    if (kind !== 'name') throw new Undecided(text);
    if (text === 'true' || text === 'false') return () => text === 'true';
    if (!this.#take('(')) return (scope) => (text in scope ? scope[text] : undecided(text));
    if (text === 'has') {
      const [asked] = this.#arguments();
      return (scope) => asked!(scope) !== undefined;
    }
    const parameters = this.#arguments();
    const called = functions[text];
    return (scope) => (called ? called(...parameters.map((parameter) => parameter(scope))) : undecided(text));
  }

  #arguments(end = ')'): Node[] {
    const parameters: Node[] = [];
    if (this.#take(end)) return parameters;
    do parameters.push(this.#expression());
    while (this.#take(','));
    this.#expect(end);
    return parameters;
  }

  #take(text: string): boolean {
    const { kind, text: found } = this.#tokens[this.#next]!;
    if (kind !== 'sign' || found !== text) return false;
    this.#next++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw new Undecided(text);
  }

  #name(): string {
    const { kind, text } = this.#tokens[this.#next++]!;
    return kind === 'name' ? text : undecided(text);
  }
}

function undecided(what: string): never {
  throw new Undecided(what);
}

const same = (a: Value, b: Value) => JSON.stringify(a) === JSON.stringify(b);
const relations: Record<string, (a: Value, b: Value) => boolean> = {
  '==': same,
  '!=': (a, b) => !same(a, b),
  '<': (a, b) => (a as number) < (b as number),
  '<=': (a, b) => (a as number) <= (b as number),
  '>': (a, b) => (a as number) > (b as number),
  '>=': (a, b) => (a as number) >= (b as number),
  in: (a, b) => itemsOf(b).some((item) => same(item, a)),
};

const size = (value: Value): number => (typeof value === 'string' || Array.isArray(value) ? value.length : itemsOf(value).length);

const methods: Record<string, (target: Value, ...parameters: Value[]) => Value> = {
  matches: (text, pattern) => new RegExp(pattern as string).test(text as string),
  startsWith: (text, start) => (text as string).startsWith(start as string),
  endsWith: (text, end) => (text as string).endsWith(end as string),
  contains: (text, part) => (text as string).includes(part as string),
  split: (text, separator) => (text as string).split(separator as string),
  size,
};

const functions: Record<string, (...parameters: Value[]) => Value> = {
  size,
  string: String,
  timestamp: (text) => Date.parse(text as string),
};

/** Items of a list, keys of a map. */
function itemsOf(value: Value): Value[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}

const field = (value: Value, name: string): Value =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Scope)[name] : undefined;
