import { isHarmless, isSecretName } from '../secret-name.ts';

/** User and password before a host, and `user:password@host:path`, as people write it. An image's `name:tag@sha256:` is none. */
const beforeHost = /\b([a-z][a-z0-9+.-]*:\/\/)([^/\s"']*)@/gi;
const beforePath = /(^|[\s"'=(])[^\s"'=(/@:]+:[^\s"'/@]+@(?!sha\d+:)(?=[a-z][\w.-]*:|\d+(?:\.\d+){3}:)/gi;
/** `?name=value`, also behind others; not one that a shell is still to fill in. */
const parameter = /([?&])([^?&#=\s"']+)=(?!\$)([^&#\s"']+)/g;

/** A text with the log-ins of the URLs in it taken out, whoever wrote it. Nothing works over SSH without its user, who stays. */
export const maskLogins = (text: string): string =>
  text
    .replace(beforeHost, (whole, scheme: string, login: string) =>
      isUserOfSsh(scheme, login) ? whole : `${scheme}***@`,
    )
    .replace(beforePath, '$1***@')
    .replace(parameter, (whole, mark: string, name: string, value: string) =>
      isSecretParameter(name, value) ? `${mark}${name}=***` : whole,
    );

/**
 * Whether a value holds a URL with a log-in that would stand in plans, records and arguments: a password, before the host of
 * an http URL anything at all, since hosts take a token as the user there, or a parameter with the name of a secret.
 */
export function hasLogin(text: string): boolean {
  return (
    [...text.matchAll(beforeHost)].some(
      ([, scheme = '', login = '']) => login.includes(':') || (login !== '' && /https?:\/\/$/i.test(scheme)),
    ) ||
    [...text.matchAll(beforePath)].length > 0 ||
    [...text.matchAll(parameter)].some(([, , name = '', value = '']) => isSecretParameter(name, value))
  );
}

const isUserOfSsh = (scheme: string, login: string): boolean => /ssh/i.test(scheme) && !login.includes(':');

const isSecretParameter = (name: string, value: string): boolean =>
  (isSecretName(name) || /(?:^|[_-])(?:sig|signature|pwd)$/i.test(name)) && !isHarmless(name, value);
