import { Enums, Models } from '@cyclonedx/cyclonedx-library';
import { formatReference, parseReference } from '@slipway/contract';
import { publicUrl } from '@slipway/effects';
import { PackageURL } from 'packageurl-js';
import { type ImagePlan, imageCall } from './plan.ts';
import { containerComponent, propertiesOf, type SbomImage, sbomLink, sbomText } from './sbom.ts';
import { pythonPackage } from './sbom-base.ts';

/**
 * What a runtime image adds to its base: what is installed from its source trees, and the trees themselves. Of the base,
 * where its own list is.
 */
export function runtimeSbom(
  image: SbomImage,
  plan: Pick<ImagePlan, 'builds' | 'kind' | 'sources' | 'parent'>,
): string {
  const sources = (plan.sources ?? []).map((source, index) => ({ ...source, isApplication: index === 0 }));
  const trees = sources.map(sourceTree);
  const installed = sources.flatMap((source, index) => {
    const part = distributionOf(source, plan);
    const tree = trees[index];
    if (part && tree) part.dependencies.add(tree.bomRef);
    return part ?? [];
  });
  return sbomText(image, [...installed, ...trees, ...baseImage(plan.parent)]);
}

type Source = NonNullable<ImagePlan['sources']>[number] & { isApplication: boolean };

/** What is installed from a source tree. Of the application the image states the version, whatever its files say. */
function distributionOf(
  { distribution, isApplication }: Source,
  plan: Pick<ImagePlan, 'builds' | 'kind'>,
): Models.Component | undefined {
  if (!isApplication) return distribution && pythonPackage(distribution);
  const call = imageCall(plan as ImagePlan);
  const application = pythonPackage({
    name: distribution?.name ?? call?.labels['io.slipway.application.name'] ?? '',
    version: call?.arguments.PYTHON_VERSION ?? null,
  });
  application.type = Enums.ComponentType.Application;
  return application;
}

function sourceTree({ path, git: stands, isApplication }: Source): Models.Component {
  // A companion that is one folder of the workspace has no commit of its own.
  const git = stands !== null && (isApplication || stands.top) ? stands : null;
  const name = path.split('/').at(-1) ?? path;
  const origin = publicUrl(git?.origin ?? null);
  const tree = new Models.Component(Enums.ComponentType.File, path, {
    bomRef: `tree:${path}`,
    properties: propertiesOf({
      path,
      ...(git && { commit: git.commit, branch: git.branch, changed: String(git.dirty) }),
    }),
  });
  // What goes in with changes is not what the commit holds.
  if (git !== null && !git.dirty) {
    const vcs = origin === null ? null : { vcs_url: `git+${origin}@${git.commit}` };
    tree.version = git.commit;
    tree.purl = new PackageURL('generic', null, name, git.commit, vcs, null).toString();
  }
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
