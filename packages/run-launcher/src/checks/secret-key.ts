/** Last words of a name whose value is a secret, in whatever case: `EXPERIMENT.WANDB.KEY`, `ENV.INPUT.BUCKET.APP_KEY`. */
const lastWord =
  /^(?:KEYS?|TOKEN|SECRETS?|PASS|PASSWORDS?|PASSWD|PASSPHRASE|CREDENTIALS?|(?:API|APP|ACCESS|AUTH|PRIVATE|SECRET|MASTER|ACCOUNT|ENCRYPTION|SSH|WANDB|B2|S3|AWS)KEYS?|(?:API|AUTH|ACCESS)TOKEN)$/i;

const secretFlag =
  /^(?:.*[._-])?(?:(?:API|APP|ACCESS|AUTH|PRIVATE|SECRET|MASTER|ACCOUNT|ENCRYPTION|WANDB|COMET|NEPTUNE|B2|S3|AWS)[._-]?KEY|(?:API|AUTH|ACCESS|BEARER|HF|HUB|WANDB|GITHUB|GITLAB)[._-]?TOKEN|PASSWORD|PASSWD|PASSPHRASE|SECRET)$|^TOKEN$/i;

/** Whether the name of an option or variable is that of a secret, by its last part. */
export function isSecretName(name: string): boolean {
  const words = (name.split('.').at(-1) ?? '').split(/[_-]/);
  // Of a pair that opens a bucket, KEY_ID and ACCOUNT are what a user's name is beside a password.
  return /^SECRET/i.test(words[0] ?? '') || lastWord.test(words.at(-1) ?? '');
}

/**
 * Whether a program's own option takes a secret. Fewer names than `isSecretName` knows: of --image-key, --pad-token and
 * --sort-key everybody may see the value.
 */
export function isSecretFlag(name: string): boolean {
  return secretFlag.test(name);
}

/**
 * Whether a value can be no secret: what yacs reads as empty or as a switch, or a small number. Such options only have the
 * name of one: `MODEL.CLS_TOKEN True`.
 */
export function isHarmless(value: string): boolean {
  return /^(?:''|""|None|True|False|true|false|-?\d{1,3})?$/.test(value.trim());
}
