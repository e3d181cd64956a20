// Finds what a user of the package reaches from its entry points (exports, members of their types, and the types that those name) and
// has no doc comment. A member that implements a documented one of an interface has that one's.
import { posix } from 'node:path'
import ts from 'typescript-api'

const entries = ['index.ts', 'testing/index.ts', 'sockettools/index.ts']

/** Findings about the public members of the tree: `{ rule, file, name, text }`. `sources` maps each file, relative to src, to its parsed text. */
export function undocumented(sources) {
  const program = ts.createProgram({ rootNames: [...sources.keys()], options, host: hostOf(sources) })
  const checker = program.getTypeChecker()
  const seen = new Set()
  const findings = []
  for (const entry of entries) {
    const module = program.getSourceFile(entry)?.symbol
    for (const symbol of module ? checker.getExportsOfModule(module) : []) visit(symbol, symbol.name)
  }
  return findings

  function visit(named, name) {
    const symbol = named.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(named) : named
    const [declaration] = symbol.declarations ?? []
    if (!declaration || seen.has(symbol)) return
    seen.add(symbol)
    if (needsComment(declaration) && symbol.getDocumentationComment(checker).length === 0)
      findings.push(finding(declaration, name))
    for (const each of symbol.declarations) look(each, name)
  }

  /** Goes on to the members that a declaration shows, and to the types that it names. */
  function look(node, name) {
    ts.forEachChild(node, (child) => {
      if (ts.isBlock(child) || isPrivate(child) || isValue(node, child)) return
      if (isMember(child) && !isOfParameter(child)) visit(child.symbol, `${name}.${child.name.getText()}`)
      else if (ts.isIdentifier(child) && isTypeName(node)) {
        const type = checker.getSymbolAtLocation(child)
        if (type) visit(type, child.text)
      } else look(child, name)
    })
  }
}

const options = { noLib: true, types: [], module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022 }

/** Reads nothing but the files of src: what a doc comment is needed for is declared there. */
function hostOf(sources) {
  const { getSourceFile: _, ...host } = ts.createCompilerHost(options)
  return {
    ...host,
    getCurrentDirectory: () => '',
    fileExists: (path) => sources.has(path),
    readFile: (path) => sources.get(path)?.text,
    getSourceFile: (path) => sources.get(path),
    resolveModuleNameLiterals: (literals, from) =>
      literals.map(({ text }) => {
        const path = posix.join(posix.dirname(from), text).replace(/\.js$/, '.ts')
        const found = text.startsWith('.') && sources.has(path)
        return { resolvedModule: found ? { resolvedFileName: path, extension: '.ts' } : undefined }
      }),
  }
}

function finding(declaration, name) {
  return { rule: 'doc-comment', file: declaration.getSourceFile().fileName, name, text: `${name} has no doc comment` }
}

/** Parameters are told of in the comment of what has them; what tells the kinds of a union apart is told of in each one's own. */
function needsComment(node) {
  if (ts.isTypeParameterDeclaration(node) || ts.isParameter(node) || ts.isSourceFile(node)) return false
  return !(
    ts.isPropertySignature(node) &&
    node.name.getText() === 'type' &&
    node.type &&
    ts.isLiteralTypeNode(node.type)
  )
}

function isMember(node) {
  return (
    ts.isMethodDeclaration(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isAccessor(node) ||
    ts.isMethodSignature(node) ||
    ts.isPropertySignature(node)
  )
}

/** A member that only a parameter's own type has is told of in the comment of the function. */
function isOfParameter(node) {
  return ts.isTypeLiteralNode(node.parent) && ts.findAncestor(node, ts.isParameter) !== undefined
}

function isPrivate(node) {
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected
  return (
    (ts.getCombinedModifierFlags(node) & hidden) !== 0 || (node.name !== undefined && ts.isPrivateIdentifier(node.name))
  )
}

/** What is assigned, as opposed to what is declared, is nobody's type. */
function isValue(node, child) {
  return node.initializer === child
}

function isTypeName(node) {
  return ts.isTypeReferenceNode(node) || ts.isExpressionWithTypeArguments(node) || ts.isExportSpecifier(node)
}
