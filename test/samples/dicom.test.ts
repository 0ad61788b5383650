import { expect, test } from 'vitest';
import { dicomImage } from './dicom.ts';

const image = dicomImage({ patientId: 'J-001', patientName: 'Doe^Jane', uidRoot: '2.25.42', size: 16 });

/** Tags, representations and values of an explicit little-endian stream, as a reader finds them. */
function elements(bytes: Uint8Array): Map<string, { representation: string; value: Uint8Array }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = new Map<string, { representation: string; value: Uint8Array }>();
  let at = 132;
  while (at < bytes.length) {
    const tag = [view.getUint16(at, true), view.getUint16(at + 2, true)].map((part) => part.toString(16).padStart(4, '0')).join(',');
    const representation = new TextDecoder().decode(bytes.subarray(at + 4, at + 6));
    const long = representation === 'OB';
    const length = long ? view.getUint32(at + 8, true) : view.getUint16(at + 6, true);
    const start = at + (long ? 12 : 8);
    found.set(tag, { representation, value: bytes.subarray(start, start + length) });
    at = start + length;
  }
  expect(at).toBe(bytes.length);
  return found;
}
const words = (value: Uint8Array | undefined) => new TextDecoder().decode(value).replace(/[\0 ]+$/, '');

test('starts with the preamble and the mark of the format', () => {
  expect(words(image.subarray(128, 132))).toBe('DICM');
});

test('can be read back element by element, in rising order', () => {
  const tags = [...elements(image).keys()];
  expect(tags).toEqual([...tags].sort());
});

test('identifies patient, study, series and image', () => {
  const found = elements(image);
  expect(words(found.get('0010,0020')?.value)).toBe('J-001');
  expect(words(found.get('0020,000d')?.value)).toBe('2.25.42.1');
  expect(words(found.get('0020,000e')?.value)).toBe('2.25.42.1.1');
  expect(words(found.get('0008,0018')?.value)).toBe('2.25.42.1.1.1');
});

test('states the length of the group that describes the file', () => {
  const length = elements(image).get('0002,0000')!.value;
  const after = 132 + 12 + new DataView(length.buffer, length.byteOffset).getUint32(0, true);
  expect([image[after], image[after + 1]]).toEqual([0x08, 0x00]);
});

test('has as many pixels as it says', () => {
  const found = elements(image);
  expect(found.get('7fe0,0010')?.value.length).toBe(16 * 16);
  expect([...found.values()].every(({ value }) => value.length % 2 === 0)).toBe(true);
});
