import { createHash } from 'node:crypto';
import { Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library';
import { parseReference } from '@slipway/contract';
import { PackageURL } from 'packageurl-js';

/** Media type of a CycloneDX document, and the type of the artifact that it is. */
export const sbomType = 'application/vnd.cyclonedx+json';

/** An image by where it lies. */
export interface SbomImage {
  /** With the registry's host where that is not docker.io. */
  repository: string;
  digest: string;
}

/** A document about an image: CycloneDX 1.6 as JSON, the same text for the same image whoever writes it. */
export function sbomText(
  image: SbomImage,
  parts: readonly Models.Component[],
  properties: Readonly<Record<string, string>> = {},
): string {
  const subject = containerComponent(image);
  for (const part of parts) subject.dependencies.add(part.bomRef);
  subject.properties = propertiesOf(properties);
  const tools = new Models.Tools({
    components: new Models.ComponentRepository([
      new Models.Component(Enums.ComponentType.Application, 'slipway'),
    ]),
  });
  // No time and no random number: equal images are listed by equal documents.
  const bom = new Models.Bom({
    serialNumber: `urn:uuid:${serial(image.digest)}`,
    metadata: new Models.Metadata({ component: subject, tools }),
    components: new Models.ComponentRepository(parts),
  });
  const form = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  return `${new Serialize.JsonSerializer(form).serialize(bom, { sortLists: true, space: 1 })}\n`;
}

/** An image as a part of a document, by its digest. */
export function containerComponent({ repository, digest }: SbomImage): Models.Component {
  const { registry, repository: path } = parseReference(repository);
  const name = path.split('/').at(-1) ?? path;
  const at = `${registry}/${path}`;
  const purl = new PackageURL('oci', null, name, digest, { repository_url: at }, null).toString();
  return new Models.Component(Enums.ComponentType.Container, at, { version: digest, purl, bomRef: purl });
}

/**
 * Where the document of another image is found: the address of a CycloneDX document, which follows from the digest of
 * its image (https://cyclonedx.org/capabilities/bomlink/).
 */
export const sbomLink = (digest: string): Models.BomLinkDocument =>
  new Models.BomLinkDocument(`urn:cdx:${serial(digest)}/1`);

/** Facts that CycloneDX has no field for. */
export const propertiesOf = (facts: Readonly<Record<string, string>>): Models.PropertyRepository =>
  new Models.PropertyRepository(
    Object.entries(facts).map(([name, value]) => new Models.Property(`io.slipway:${name}`, value)),
  );

/** A UUID made of a name, as RFC 9562 allows it (version 8). */
function serial(digest: string): string {
  const hex = createHash('sha256').update(`slipway sbom ${digest}`).digest('hex');
  const variant = ((Number.parseInt(hex[16] ?? '0', 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
