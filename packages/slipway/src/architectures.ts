import { satisfies } from '@renovatebot/pep440';
import { coverage, Failure, nearest, type TorchRelease, torchReleases } from '@slipway/contract';
import type { OperatingSystem } from './operating-system.ts';
import type { Project, Requirement } from './project.ts';
import { tomlLine, type Written } from './written.ts';

/** GPU families, with the torch of the Python registry that suits each where the application leaves the choice. */
const families = [
  { name: 'turing', capabilities: ['7.5'], torch: '2.7.1', flashAttention: false },
  { name: 'ampere', capabilities: ['8.0', '8.6'], torch: '2.7.1', flashAttention: true },
  { name: 'ada', capabilities: ['8.9'], torch: '2.7.1', flashAttention: true },
  { name: 'hopper', capabilities: ['9.0'], torch: '2.8.0', flashAttention: true },
  { name: 'blackwell', capabilities: ['10.0', '12.0'], torch: '2.8.0', flashAttention: true },
  { name: 'cpu', capabilities: [], torch: null, flashAttention: false },
] as const;

type Family = (typeof families)[number];

/**
 * Texts of the architectures of an application, by path. Without torch among its dependencies there is nothing that a
 * GPU would serve, and with torch among those that it always has there is no image without a GPU.
 * @param asked names of architectures; default: all that suit the application.
 * @throws Failure `architecture-unknown`.
 */
export function architectureFiles(
  project: Project,
  system: OperatingSystem,
  asked?: readonly string[],
): Record<string, string> {
  const chosen = asked === undefined ? suiting(project) : asked.map(familyOf);
  return Object.fromEntries(
    chosen.map((family) => [
      `architectures/${family.name}/architecture.toml`,
      architectureText(family, project, system),
    ]),
  );
}

function suiting(project: Project): readonly Family[] {
  if (find(project.dependencies, 'torch')) return families.filter(({ torch }) => torch !== null);
  return extrasWith(project, 'torch').length > 0 ? families : families.filter(({ torch }) => torch === null);
}

function familyOf(name: string): Family {
  const found = families.find((family) => family.name === name);
  if (found !== undefined) return found;
  const names = families.map((family) => family.name);
  const meant = nearest(name, names);
  throw new Failure({
    code: 'architecture-unknown',
    message: `nothing is known about an architecture "${name}"; known are ${names.join(', ')}`,
    remedy:
      meant === undefined
        ? `choose some of these: --architectures ${names.join(',')}`
        : `Did you mean ${meant}?`,
  });
}

function architectureText(family: Family, project: Project, system: OperatingSystem): string {
  const { python } = system;
  const torch = family.torch === null ? null : chooseTorch(family, project);
  const cuda = torch?.value.registryCuda;
  const hindrance = flashAttentionHindrance(family, system);
  const wantsFlashAttention = mentions(project, 'flash-attn');
  const flashAttention =
    hindrance === undefined && wantsFlashAttention ? chooseFlashAttention(project) : null;
  const extras = torch === null ? [] : extrasWith(project, 'torch');
  if (flashAttention !== null) extras.push(...extrasWith(project, 'flash-attn'));
  const unread = unsureExtras(project, extras, hindrance);
  return [
    '#:schema ../../node_modules/@slipway/contract/schemas/architecture.schema.json\n\n',
    tomlLine('tag', {
      value: cuda === undefined ? family.name : `${family.name}-cu${cuda.replace('.', '')}`,
    }),
    tomlLine('platforms', { value: ['linux/amd64'] }),
    tomlLine('compute_capabilities', { value: family.capabilities }),
    cuda === undefined ? '' : tomlLine('cuda', { value: cuda }),
    tomlLine('python', { value: python }),
    tomlLine('extras', { value: [...new Set(extras)], unread }),
    tomlLine('system_packages', {
      value: ['git', 'openssh-client', 'rclone', 'tini'],
      unread:
        'Debian packages that the dependencies need besides are not known; building the base finds out.',
    }),
    torch === null ? '' : `\n[torch]\n${tomlLine('version', { ...torch, value: torch.value.version })}`,
    family.flashAttention && hindrance !== undefined && wantsFlashAttention
      ? `\n# flash-attention is left out: NVIDIA has no compiler image of ${system.os}. Write [flash_attention] with version and from = { url = "...", sha256 = "..." } of a wheel for Python ${python}.\n`
      : '',
    flashAttention === null
      ? ''
      : `\n[flash_attention]\n${tomlLine('version', flashAttention)}# Compiled here, which takes hours; an exact wheel spares it.\nfrom = "build"\n`,
  ].join('');
}

/** Why images of an architecture get no flash-attention that is built for them; undefined: they can. */
function flashAttentionHindrance(family: Family, { os, cudaDevel }: OperatingSystem): string | undefined {
  if (!family.flashAttention) return `does not run on ${family.name}`;
  return cudaDevel === null ? `cannot be built for ${os}` : undefined;
}

/** What is not known about the choice of extras; undefined: nothing is open. */
function unsureExtras(
  project: Project,
  chosen: readonly string[],
  hindrance: string | undefined,
): string | undefined {
  if (hindrance !== undefined && find(project.dependencies, 'flash-attn') !== undefined) {
    return `The dependencies ask for flash-attn, which ${hindrance}: give it an extra of its own.`;
  }
  const tooMuch = chosen.filter((extra) => find(project.extras[extra] ?? [], 'flash-attn') !== undefined);
  if (hindrance !== undefined && tooMuch.length > 0) {
    return `${tooMuch.join(', ')} asks for flash-attn too, which ${hindrance}: give it an extra of its own.`;
  }
  const others = Object.keys(project.extras).filter(
    (extra) => !chosen.includes(extra) && !forPeople.test(extra),
  );
  return others.length === 0
    ? undefined
    : `Whether other extras are needed is not known: ${others.join(', ')}.`;
}

/** Extras for people who work on an application. */
const forPeople = /^(dev|tests?|testing|docs?|lint)$/i;

/** The family's own release if the application allows it, else the newest that it allows and the GPUs can run. */
function chooseTorch({ torch, capabilities, name }: Family, project: Project): Written<TorchRelease> {
  const allowed = specifiers(project, 'torch');
  const serving = torchReleases.filter(({ builds, registryCuda }) =>
    capabilities.every((capability) => coverage(builds[registryCuda] ?? [], capability) !== undefined),
  );
  const usual = serving.find(({ version }) => version === torch) as TorchRelease;
  const fits = ({ version }: TorchRelease) => allowed.every((specifier) => satisfies(version, specifier));
  const found = fits(usual) ? usual : serving.findLast(fits);
  if (found !== undefined) {
    const unread = `The choice for ${name}: pyproject.toml leaves it open.`;
    return allowed.some((specifier) => specifier.startsWith('=='))
      ? { value: found }
      : { value: found, unread };
  }
  const unread = `No torch that is known and runs on ${name} is ${allowed.join(',')}, as pyproject.toml wants it.`;
  return { value: usual, unread };
}

function chooseFlashAttention(project: Project): Written<string> {
  const exact = specifiers(project, 'flash-attn').find((specifier) => /^==[^*,]+$/.test(specifier));
  if (exact !== undefined) return { value: exact.slice(2) };
  return { value: '2.7.4.post1', unread: 'The version: pyproject.toml leaves it open.' };
}

function mentions(project: Project, name: string): boolean {
  return find(project.dependencies, name) !== undefined || extrasWith(project, name).length > 0;
}

/** Extras of which a package is part, apart from those for people who work on the application. */
function extrasWith({ extras }: Project, name: string): string[] {
  return Object.keys(extras).filter(
    (extra) => !forPeople.test(extra) && find(extras[extra] ?? [], name) !== undefined,
  );
}

function specifiers({ dependencies, extras }: Project, name: string): string[] {
  const all = [dependencies, ...Object.values(extras)].flatMap((list) => find(list, name)?.specifier ?? []);
  return all.filter((specifier) => specifier !== '');
}

function find(requirements: readonly Requirement[], name: string): Requirement | undefined {
  return requirements.find((requirement) => requirement.name === name);
}
