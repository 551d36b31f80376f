import type { ImagePlan } from '@slipway/images';

/** The image plans in what a dry run printed, whatever Nx printed around them. */
export function plansIn(text: string): ImagePlan[] {
  return [...text.matchAll(/^\{\n[\s\S]*?^\}$/gm)].flatMap(
    ([document]) => (JSON.parse(document) as { images: ImagePlan[] }).images,
  );
}
