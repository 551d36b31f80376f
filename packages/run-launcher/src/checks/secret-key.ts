import { hasLogin, isHarmless, isSecretName, lastPart } from '@slipway/contract';

/** A name and the value that words give to it. */
export interface Pair {
  key: string;
  value: string;
}

/** The pairs in which a secret stands: this one, or those of a dictionary that is its value. */
export function secretsIn(pair: Pair): Pair[] {
  return [pair, ...entriesOf(pair)].filter(
    ({ key, value }) => hasLogin(value) || (isSecretName(key) && !isHarmless(key, value)),
  );
}

const secretFlag =
  /^(?:.*_)?(?:(?:API|APP|ACCESS|AUTH|PRIVATE|SECRET|MASTER|ACCOUNT|ENCRYPTION|WANDB|COMET|NEPTUNE|B2|S3|AWS)_?KEY|(?:API|AUTH|ACCESS|BEARER|HF|HUB|WANDB|GITHUB|GITLAB)_?TOKEN|PASSWORD|PASSWD|PASSPHRASE|PASSCODE|WEBHOOK(?:_URL)?|SECRET)$|^(?:TOKEN|AUTH|BEARER)$/i;

/**
 * Whether a program's own option takes a secret. Fewer names than `isSecretName` knows: of --image-key, --pad-token and
 * --sort-key everybody may see the value. In a tree of options, as hydra's `wandb.key=`, the last name says it alone.
 */
export function isSecretFlag(name: string): boolean {
  const last = lastPart(name);
  return secretFlag.test(last) || (/[.[]/.test(name) && !last.includes('_') && isSecretName(name));
}

/** What a dictionary holds, as JSON, Python and hydra write it, however deep: `{'A': {'KEY': 'x'}}` of W is `W.A.KEY`. */
function entriesOf({ key: name, value: text }: Pair): Pair[] {
  if (!/^\s*[{[(]/.test(text)) return [];
  const tokens =
    text.match(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[{}[\](),]|:(?!\/\/)|(?:[^\s{}[\](),'":]|:\/\/)+/gs) ??
    [];
  const above: string[] = [];
  const found: Pair[] = [];
  let key = name;
  for (const [index, token] of tokens.entries()) {
    const word = token.replace(/^(['"])(.*)\1$/s, '$2');
    if (/^[{[(]$/.test(token)) above.push(key);
    else if (/^[}\])]$/.test(token)) above.pop();
    else if (token === ',') key = above.at(-1) ?? name;
    else if (tokens[index + 1] === ':') key = `${above.at(-1) ?? name}.${word}`;
    else if (token !== ':' && key !== name) found.push({ key, value: word });
  }
  return found;
}
