// One grey DICOM image (Secondary Capture, explicit VR little endian) as the bytes of a file: the least that an imaging server accepts.

export interface Image {
  patientId: string;
  patientName: string;
  /** Root of the unique ids, for example `2.25.<number>`; study, series and image are numbered below it. */
  uidRoot: string;
  /** Width and height in pixels. */
  size: number;
}

const secondaryCapture = '1.2.840.10008.5.1.4.1.1.7';
const explicitLittleEndian = '1.2.840.10008.1.2.1';
/** Value representations whose length has 32 bits. */
const longForms = ['OB', 'OW'];

/** @returns bytes of the file; the pixels are a ramp from black to white */
export function dicomImage({ patientId, patientName, uidRoot, size }: Image): Uint8Array {
  const pixels = new Uint8Array(size * size).map((_, index) => Math.round((255 * (index % size)) / (size - 1)));
  const instance = `${uidRoot}.1.1.1`;
  const about = join(
    element(0x0002, 0x0001, 'OB', Uint8Array.of(0, 1)),
    element(0x0002, 0x0002, 'UI', secondaryCapture),
    element(0x0002, 0x0003, 'UI', instance),
    element(0x0002, 0x0010, 'UI', explicitLittleEndian),
    element(0x0002, 0x0012, 'UI', '2.25.194230421'),
  );
  return join(
    new Uint8Array(128),
    text('DICM'),
    element(0x0002, 0x0000, 'UL', integer(about.length, 4)),
    about,
    element(0x0008, 0x0016, 'UI', secondaryCapture),
    element(0x0008, 0x0018, 'UI', instance),
    element(0x0008, 0x0020, 'DA', '20260512'),
    element(0x0008, 0x0060, 'CS', 'OT'),
    element(0x0008, 0x0064, 'CS', 'WSD'),
    element(0x0010, 0x0010, 'PN', patientName),
    element(0x0010, 0x0020, 'LO', patientId),
    element(0x0020, 0x000d, 'UI', `${uidRoot}.1`),
    element(0x0020, 0x000e, 'UI', `${uidRoot}.1.1`),
    element(0x0020, 0x0013, 'IS', '1'),
    element(0x0028, 0x0002, 'US', integer(1, 2)),
    element(0x0028, 0x0004, 'CS', 'MONOCHROME2'),
    element(0x0028, 0x0010, 'US', integer(size, 2)),
    element(0x0028, 0x0011, 'US', integer(size, 2)),
    element(0x0028, 0x0100, 'US', integer(8, 2)),
    element(0x0028, 0x0101, 'US', integer(8, 2)),
    element(0x0028, 0x0102, 'US', integer(7, 2)),
    element(0x0028, 0x0103, 'US', integer(0, 2)),
    element(0x7fe0, 0x0010, 'OB', pixels),
  );
}

/** One data element; values of odd length are padded, unique ids and bytes with zero and all else with a space. */
function element(group: number, number: number, representation: string, value: string | Uint8Array): Uint8Array {
  const raw = typeof value === 'string' ? text(value) : value;
  const padding = representation === 'UI' || typeof value !== 'string' ? 0 : 0x20;
  const padded = raw.length % 2 === 0 ? raw : join(raw, Uint8Array.of(padding));
  const length = longForms.includes(representation) ? join(Uint8Array.of(0, 0), integer(padded.length, 4)) : integer(padded.length, 2);
  return join(integer(group, 2), integer(number, 2), text(representation), length, padded);
}

const text = (value: string) => new TextEncoder().encode(value);
const integer = (value: number, bytes: 2 | 4) => Uint8Array.from({ length: bytes }, (_, index) => (value >>> (8 * index)) & 0xff);
const join = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
