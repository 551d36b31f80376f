import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '@slipway/contract';
import { parse } from 'yaml';
import { firstSentence } from './package-index.ts';

/** A record of the Open Source Vulnerability format (https://ossf.github.io/osv-schema/), as far as it is read. */
export interface AdvisoryRecord {
  id: string;
  summary: string;
  affected: {
    /** As the OSV schema calls it: `PyPI`, `Debian:13`, `Ubuntu:24.04:LTS`. */
    ecosystem: string;
    /** Of Python packages as the index normalises it; of Debian's and Ubuntu's that of the source package. */
    name: string;
    versions: string[];
    /** In their order: where it came in, where it was mended, the last version that has it. */
    ranges: { introduced?: string; fixed?: string; last_affected?: string }[][];
  }[];
}

/**
 * Reads every advisory about packages of Python, Debian or Ubuntu below a folder: OSV records as JSON or YAML, such as a
 * clone of https://github.com/pypa/advisory-database or an unpacked export of https://osv.dev. Withdrawn ones are left out.
 * @throws Failure `advisories-unreadable` when there is no such folder, or nothing of the kind in it.
 */
export function readAdvisories(folder: string): AdvisoryRecord[] {
  const names = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
  const files = names.filter((name) => /\.(?:json|ya?ml)$/.test(name));
  const records = files.flatMap((name) => readRecord(join(folder, name)));
  if (records.length > 0) return records;
  throw new Failure({
    code: 'advisories-unreadable',
    where: { file: folder },
    message: names.length === 0 ? 'there is no such folder, or nothing in it' : 'it holds no OSV record',
    remedy: 'name a clone of https://github.com/pypa/advisory-database, or an unpacked export of osv.dev',
  });
}

interface RawRecord {
  id?: string;
  summary?: string;
  details?: string;
  withdrawn?: string;
  affected?: {
    package?: { ecosystem?: string; name?: string };
    versions?: string[];
    ranges?: { type?: string; events?: Record<string, string>[] }[];
  }[];
}

/** Names of Python packages are spelled in many ways, those of Debian in one. */
const nameOf = ({ ecosystem, name = '' }: { ecosystem?: string; name?: string } = {}): string =>
  ecosystem === 'PyPI' ? name.toLowerCase().replace(/[-_.]+/g, '-') : name;

function readRecord(path: string): AdvisoryRecord[] {
  const text = readFileSync(path, 'utf8');
  let raw: RawRecord | null;
  try {
    raw = (path.endsWith('.json') ? JSON.parse(text) : parse(text)) as RawRecord | null;
  } catch (error) {
    throw new Failure({
      code: 'advisories-unreadable',
      where: { file: path },
      message: `it cannot be read: ${firstSentence((error as Error).message)}`,
      remedy: 'fetch the advisories again',
    });
  }
  if (typeof raw?.id !== 'string' || raw.withdrawn) return [];
  const affected = (raw.affected ?? [])
    .filter((each) => /^(?:PyPI$|Debian:|Ubuntu:)/.test(each.package?.ecosystem ?? ''))
    .map((each) => ({
      ecosystem: each.package?.ecosystem ?? '',
      name: nameOf(each.package),
      // YAML takes 1.10 for a number.
      versions: (each.versions ?? []).map(String),
      ranges: (each.ranges ?? [])
        .filter(({ type }) => type === 'ECOSYSTEM')
        .map(({ events = [] }) =>
          events.map((event) =>
            Object.fromEntries(Object.entries(event).map(([name, version]) => [name, String(version)])),
          ),
        ),
    }));
  return affected.length === 0
    ? []
    : [{ id: raw.id, summary: firstSentence(raw.summary ?? raw.details ?? ''), affected }];
}
