/**
 * The compiler rewrites the endings of imports, and not those of modules that are named by their URL because another
 * process runs them: `new URL('./x.ts', import.meta.url)`.
 */
export function compiledUrls(text: string): string {
  return text.replace(/(new URL\((['"])\.{1,2}\/[^'"]+)\.ts(\2, import\.meta\.url\))/g, '$1.js$3');
}
