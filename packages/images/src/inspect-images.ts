import { Failure, type Problem } from '@slipway/contract';
import type { Registry } from '@slipway/effects';
import { type Inspection, inspectImage } from './inspect.ts';
import { describeInspection } from './inspect-describe.ts';
import { type SignatureVerifier, signatureProblem } from './inspect-signatures.ts';

/** What was read of several images, and what is wrong with any of them. */
export interface Inspections {
  found: Inspection[];
  problems: Problem[];
}

/** Inspects images by their references; one that is not there keeps nobody from the others. */
export async function inspectImages(
  registry: Registry,
  references: readonly string[],
  verifier?: SignatureVerifier,
): Promise<Inspections> {
  const asked = references.map(async (reference): Promise<Inspection | readonly Problem[]> => {
    try {
      return await inspectImage(registry, reference, verifier);
    } catch (error) {
      if (error instanceof Failure && error.problems.every(({ code }) => code === 'image-missing')) {
        return error.problems;
      }
      throw error;
    }
  });
  const all = await Promise.all(asked);
  const found = all.filter((each): each is Inspection => !Array.isArray(each));
  const absent = all.filter((each): each is readonly Problem[] => Array.isArray(each)).flat();
  const unsigned = found.flatMap((each) => (verifier && signatureProblem(each, verifier)) ?? []);
  return { found, problems: [...absent, ...unsigned] };
}

/** What inspections print: a list in JSON, or one paragraph an image in words. */
export const printInspections = (found: readonly Inspection[], json: boolean): string =>
  json ? JSON.stringify(found, null, 2) : found.map(describeInspection).join('\n\n');
