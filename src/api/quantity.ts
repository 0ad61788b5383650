// Kubernetes quantities. What people write is kept as it is; what the operator writes itself has the form in which the API server
// gives it back, so that an object that is as wanted also looks so.

const decimal = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binary = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
/** Quantities are counted in billionths, as the API server does. */
const one = 1_000_000_000n;

interface Amount {
  billionths: bigint;
  isBinary: boolean;
}

/** The form in which the API server returns a quantity: `1024Mi` becomes `1Gi`, `0.5` becomes `500m`.
 * @throws RangeError when the text is not a quantity */
export const canonical = (quantity: string): string => print(parse(quantity));

/** Sum in canonical form; binary when the first is. */
export function sum(first: string, ...others: string[]): string {
  const { billionths, isBinary } = parse(first);
  return print({ billionths: others.reduce((total, other) => total + parse(other).billionths, billionths), isBinary });
}

/** The smaller of some quantities, and the larger, in canonical form; of equal ones the first. */
export const smaller = (first: string, ...others: string[]): string => print(pick([first, ...others], (a, b) => a < b));
export const larger = (first: string, ...others: string[]): string => print(pick([first, ...others], (a, b) => a > b));

const pick = (quantities: string[], isBetter: (a: bigint, b: bigint) => boolean): Amount =>
  quantities.map(parse).reduce((best, next) => (isBetter(next.billionths, best.billionths) ? next : best));

function parse(quantity: string): Amount {
  const [, whole, fraction = '', suffix = ''] = /^(\d+)(?:\.(\d+))?([a-zA-Z]*)$/.exec(quantity) ?? [];
  const isBinary = suffix !== '' && binary.includes(suffix);
  if (whole === undefined || !(isBinary || decimal.includes(suffix))) throw new RangeError(`"${quantity}" is not a quantity`);
  const unit = isBinary ? one * 1024n ** BigInt(binary.indexOf(suffix)) : 1000n ** BigInt(decimal.indexOf(suffix));
  const scale = 10n ** BigInt(fraction.length);
  const billionths = (BigInt(whole + fraction) * unit + scale - 1n) / scale; // rounded up, as the API server does
  return { billionths, isBinary };
}

function print({ billionths, isBinary }: Amount): string {
  const bytes = billionths / one;
  if (isBinary && bytes >= 1024n && billionths % one === 0n) return shorten(bytes, 1024n, binary);
  return billionths === 0n ? '0' : shorten(billionths, 1000n, decimal);
}

function shorten(amount: bigint, factor: bigint, suffixes: string[]): string {
  let [rest, index] = [amount, 0];
  while (rest % factor === 0n && index < suffixes.length - 1) [rest, index] = [rest / factor, index + 1];
  return `${rest}${suffixes[index]}`;
}
