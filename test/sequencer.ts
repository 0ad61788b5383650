// The order of test files. That of Vitest, but for the end-to-end test that takes the facility away: it is the last chapter.
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const last = 'test/e2e/removal.test.ts';

export class Sequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLast = ({ moduleId }: TestSpecification) => moduleId.endsWith(last);
    return [...sorted.filter((file) => !isLast(file)), ...sorted.filter(isLast)];
  }
}
