import * as z from 'zod';
import { durationPattern, parseDuration } from '../duration.ts';
import { pythonNamePattern } from '../python-name.ts';
import { isRepository, isTag, parseReference, tagPattern } from '../reference.ts';
import { parseSize, sizePattern } from '../size.ts';
import { parseSource } from '../source.ts';

/** What an editor shows of a key, and what a remedy quotes. */
interface Help {
  description: string;
  example: unknown;
  /** A second example, where there are two forms. */
  other?: unknown;
}

/** A size with a decimal unit. */
export function size(help: Help) {
  return text(
    { ...help, noun: 'a size above 0 with a unit: B, kB, MB, GB or TB', pattern: sizePattern },
    (value) => {
      return parseSize(value) !== undefined;
    },
  );
}

/** A duration as the `ms` package reads it, with its unit. */
export function duration(help: Help) {
  return text(
    { ...help, noun: 'a duration above 0 with a unit: ms, s, m, h or d', pattern: durationPattern },
    (value) => parseDuration(value) !== undefined,
  );
}

/** A name that is at once a Python distribution, a file name and part of a tag. */
export function pythonName(help: Help) {
  return text({ ...help, noun: 'a name of letters, digits, ".", "_" and "-"', pattern: pythonNamePattern });
}

/** A folder of this workspace, or a git repository with a ref. */
export function source(help: Help) {
  return text(
    { ...help, noun: 'a folder inside the workspace or a git URL (https, ssh or git@) that ends in #ref' },
    (value) => parseSource(value) !== undefined,
  );
}

/**
 * An absolute path in the image, in the one form that means it: no `.`, `..` or doubled slash, no space; a slash at its end,
 * as shells complete it, is dropped.
 */
export function imagePath(help: Help) {
  return withoutLastSlash({
    ...help,
    noun: 'an absolute path of letters, digits, ".", "_", "+" and "-", without "." and ".." parts',
    pattern: /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._+-]+)+\/?$/,
  });
}

/** An absolute path in a container, which no Dockerfile or script spells: its names may hold what names of files may. */
export function containerPath(help: Help) {
  return withoutLastSlash({
    ...help,
    noun: 'an absolute path without "." and ".." parts, doubled slashes, line breaks and the like',
    pattern: /^(?:\/(?!\.{1,2}(?:\/|$))[^/\p{Cc}]+)+\/?$/u,
  });
}

const withoutLastSlash = (help: Parameters<typeof text>[0]) =>
  text(help).overwrite((path) => path.replace(/\/$/, ''));

/** A file of this workspace, relative to its root. */
export function workspacePath(help: Help) {
  return text({ ...help, noun: 'a path inside the workspace' }, (value) => {
    return parseSource(value)?.kind === 'folder';
  });
}

/** A repository, with the registry's host where it is not docker.io. */
export function repository(help: Help) {
  return text({ ...help, noun: 'a repository in lower case, without tag' }, isRepository);
}

/** A foreign image; `latest` by omission would be another image tomorrow. */
export function foreignImage(help: Help) {
  return text({ ...help, noun: 'an image reference with a tag or a digest' }, (value) => {
    // A pattern is checked as the reference that it becomes.
    const reference = readOrNull(value.replace('<cuda>', '12.6.3'));
    return reference !== null && (reference.tag !== null || reference.digest !== null);
  });
}

/** A tag by the OCI distribution specification. */
export function tag(help: Help) {
  const noun = 'a tag: at most 128 letters, digits, ".", "_" and "-", not beginning with "." or "-"';
  return text({ ...help, noun, pattern: tagPattern }, isTag);
}

/** Any text of a fixed form. */
export function text(
  help: Help & { noun: string; pattern?: RegExp },
  accepts: (value: string) => boolean = (value) => help.pattern?.test(value) ?? true,
) {
  const { description, example, other, noun, pattern } = help;
  const examples = other === undefined ? [example] : [example, other];
  return z
    .string()
    .refine(accepts, { error: noun })
    .meta({
      description,
      examples,
      ...(pattern === undefined ? {} : { pattern: pattern.source }),
    });
}

/** Program and arguments. */
export function argv(help: Help) {
  return z
    .array(z.string().min(1))
    .min(1)
    .meta({ description: help.description, examples: [help.example] });
}

function readOrNull(value: string) {
  try {
    return parseReference(value);
  } catch {
    return null;
  }
}
