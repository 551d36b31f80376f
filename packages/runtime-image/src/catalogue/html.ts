import { escape as escapeText } from 'html-escaper';

/** A piece of HTML that is finished: nothing in it is escaped again. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

type Part = Html | string | number | null | false | readonly Part[];

/** Puts values into HTML, escaped unless they are HTML themselves; null and false leave nothing. */
export function html(texts: TemplateStringsArray, ...values: Part[]): Html {
  return new Html(texts.map((text, index) => `${text}${textOf(values[index] ?? null)}`).join(''));
}

/** A text that is HTML already, such as a style sheet. */
export const verbatim = (text: string): Html => new Html(text);

function textOf(part: Part): string {
  if (part === null || part === false) return '';
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map(textOf).join('');
  return escapeText(String(part));
}
