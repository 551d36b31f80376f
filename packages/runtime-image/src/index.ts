export { publishedVersion } from './publish-plan.ts';
export { type FollowedTag, readRelease } from './release.ts';
export { requireRelease } from './smoke.ts';
