import { Enums, Models } from '@cyclonedx/cyclonedx-library';
import { formatReference, parseReference } from '@slipway/contract';
import { publicUrl } from '@slipway/effects';
import { PackageURL } from 'packageurl-js';
import { type ImagePlan, imageCall } from './plan.ts';
import { containerComponent, propertiesOf, type SbomImage, sbomLink, sbomText } from './sbom.ts';
import { pythonPackage } from './sbom-base.ts';

/** What a runtime image adds to its base: the application and its source trees. Of the base, where its own list is. */
export function runtimeSbom(
  image: SbomImage,
  plan: Pick<ImagePlan, 'builds' | 'kind' | 'sources' | 'parent'>,
): string {
  const call = imageCall(plan as ImagePlan);
  const name = call?.labels['io.slipway.application.name'] ?? '';
  const version = call?.arguments.PYTHON_VERSION ?? '';
  const application = pythonPackage({ name, version });
  application.type = Enums.ComponentType.Application;
  const trees = (plan.sources ?? []).map(sourceTree);
  for (const { bomRef } of trees) application.dependencies.add(bomRef);
  return sbomText(image, [application, ...trees, ...baseImage(plan.parent)]);
}

function sourceTree({ path, git }: NonNullable<ImagePlan['sources']>[number]): Models.Component {
  const name = path.split('/').at(-1) ?? path;
  const origin = publicUrl(git?.origin ?? null);
  const vcs = origin === null || git === null ? null : { vcs_url: `git+${origin}@${git.commit}` };
  const purl = new PackageURL('generic', null, name, git?.commit ?? null, vcs, null).toString();
  const tree = new Models.Component(Enums.ComponentType.File, path, {
    bomRef: `tree:${path}`,
    purl,
    properties: propertiesOf({
      path,
      ...(git && { commit: git.commit, branch: git.branch, changed: String(git.dirty) }),
    }),
  });
  if (git !== null) tree.version = git.commit;
  if (origin !== null) {
    tree.externalReferences.add(new Models.ExternalReference(origin, Enums.ExternalReferenceType.VCS));
  }
  return tree;
}

function baseImage(parent: ImagePlan['parent']): Models.Component[] {
  if (parent === null || parent.digest === null) return [];
  const component = containerComponent({
    repository: formatReference({ ...parseReference(parent.reference), tag: null, digest: null }),
    digest: parent.digest,
  });
  const list = new Models.ExternalReference(sbomLink(parent.digest), Enums.ExternalReferenceType.BOM);
  component.externalReferences.add(list);
  return [component];
}
