/** Words that end the name of a secret, in whatever case: `EXPERIMENT.WANDB.KEY`, `ENV.INPUT.BUCKET.APP_KEY`, `TOKENS`. */
const lastWord =
  /^(?:KEYS?|TOKENS?|SECRETS?|PAT|(?:SSH)?PASS|\w*PASSWORDS?|\w*PASSWD|PASSPHRASES?|CREDENTIALS?|AUTH|AUTHORIZATION|BEARER|(?:API|APP|APPLICATION|ACCESS|AUTH|PRIVATE|SECRET|MASTER|ACCOUNT|ENCRYPTION|SSH|WANDB|B2|S3|AWS)KEYS?|(?:API|AUTH|ACCESS|BEARER)TOKENS?)$/i;

/** What a key or token of data and text is called: PAD_TOKEN, SORT_KEY. */
const ordinary =
  /(?:^|_)(?:BOS|EOS|SEP|PAD|UNK|CLS|CLASS|MASK|SPECIAL|STOP|START|END|IMAGE|TEXT|LABEL|TARGET|FEATURE|METRIC|SORT|FOREIGN|PUBLIC)_(?:KEY|TOKEN)S?$/i;

const counted = /(?:KEY|TOKEN)S$/i;

/** Whether the name of an option, a variable or a parameter is that of a secret, by its last part. */
export function isSecretName(name: string): boolean {
  const last = lastPart(name);
  const words = last.split('_');
  // Of a pair that opens a bucket, KEY_ID and ACCOUNT are what a user's name is beside a password.
  return (
    /^SECRET/i.test(last) ||
    (lastWord.test(words.at(-1) ?? '') && !ordinary.test(last)) ||
    // The shell's own PWD and OLDPWD are folders.
    (/.PWD$/i.test(last) && !/^OLDPWD$/i.test(last))
  );
}

/**
 * Whether a value can be no secret: what configurations read as empty or as a switch, a small number, a reference, or
 * `[PAD]`. Such options only have the name of one: `MODEL.CLS_TOKEN True`, `MAX_TOKENS 4096`.
 */
export function isHarmless(name: string, value: string): boolean {
  const bare = value.trim().replace(/^(['"])(.*)\1$/s, '$2');
  return (
    /^(?:none|null|true|false|yes|no|on|off|-?\d{1,3}|\[\w*\]|\{\}|\(\)|<[^<>\s]*>|\$\{[\w.:]+\})?$/i.test(
      bare,
    ) ||
    (counted.test(lastPart(name)) && /^\d[\d_.]*(?:e\+?\d+|[kmbgt])?$/i.test(bare))
  );
}

/**
 * The last part of a name, its words joined with `_`: of `a.b.apiKey`, `A["API-KEY"]`, `+a/API_KEY_V1`, `A.API_KEY[0]`. Numbers
 * behind it only count.
 */
export function lastPart(name: string): string {
  const parts = name.split(/[^A-Za-z0-9_-]+/).filter((part) => !/^\d*$/.test(part));
  return (parts.at(-1) ?? '')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .replace(/[_\d]+$/, '')
    .replace(/_v$/i, '');
}
