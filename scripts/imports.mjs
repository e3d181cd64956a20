/** The module names that a piece of TypeScript or JavaScript imports or re-exports, types and `import()` included. */
export function importedNames(code) {
  const bare = code.replace(/^\s*(?:\*|\/[/*]).*$/gm, '') // comments show imports too
  const statements = bare.matchAll(/^\s*(?:import|export)\b(?:[^'"]*?\bfrom)?\s*['"]([^'"]+)['"]/gm)
  const expressions = bare.matchAll(/\bimport\(\s*['"`]([^'"`]+)['"`]/g)
  return [...new Set([...statements, ...expressions].map(([, name]) => name))]
}
