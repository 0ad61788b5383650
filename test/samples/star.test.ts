import { expect, test } from 'vitest';
import { globalShifts, largestError } from './star.ts';

const written = `
# version 30001

data_general

_rlnImageSizeX                        256

# version 30001

data_global_shift

loop_
_rlnMicrographFrameNumber #1
_rlnMicrographShiftX #2
_rlnMicrographShiftY #3
           1     0.000000     0.000000
           2    -1.291530     0.821123

# version 30001

data_local_shift
           9     9.000000     9.000000
`;

test('reads the shift of every frame and nothing of other tables', () => {
  expect(globalShifts(written)).toEqual([
    { frame: 1, x: 0, y: 0 },
    { frame: 2, x: -1.29153, y: 0.821123 },
  ]);
});

test('says what is missing from another file', () => {
  expect(() => globalShifts('data_general\n')).toThrow('data_global_shift');
  expect(() => globalShifts('data_global_shift\nloop_\n_rlnMicrographFrameNumber #1\n')).toThrow('_rlnMicrographShiftX');
});

test('measures the error against the shift that undoes the drift', () => {
  expect(largestError(globalShifts(written), { x: 1.3, y: -0.8 })).toBeCloseTo(0.0228, 3);
});
