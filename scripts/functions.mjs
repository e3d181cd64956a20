// Measures the functions of a source file: how many lines each has from its first to its last, and how many parameters it takes.
import ts from 'typescript-api'

const longestFunction = 40
const mostParameters = 3

/** Findings about the functions of one parsed file: `{ rule, file, name, text }`. */
export function functionFindings(file, source) {
  const findings = []
  const visit = (node, owner) => {
    const name = ts.isFunctionLike(node) || ts.isClassLike(node) || namesItsValue(node) ? nameOf(node, owner) : owner
    if (ts.isFunctionLike(node)) findings.push(...measured(node, { file, name, source }))
    ts.forEachChild(node, (child) => visit(child, name))
  }
  visit(source, '')
  return findings
}

function measured(node, { file, name, source }) {
  const found = []
  const lines = linesOf(node, source)
  if (node.body && lines > longestFunction) {
    const text = `${name} has ${lines} lines; a function has at most ${longestFunction}`
    found.push({ rule: 'function-lines', file, name, text })
  }
  const count = node.parameters.filter((parameter) => parameter.name.getText(source) !== 'this').length
  if (count > mostParameters) {
    const text = `${name} takes ${count} parameters; a function takes at most ${mostParameters}`
    found.push({ rule: 'parameters', file, name, text })
  }
  return found
}

function linesOf(node, source) {
  const line = (position) => source.getLineAndCharacterOfPosition(position).line
  return line(node.getEnd()) - line(node.getStart(source)) + 1
}

/** What gives its name to a function or an object that is its value. */
function namesItsValue(node) {
  return (
    ts.isVariableDeclaration(node) ||
    ts.isPropertyAssignment(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isPropertySignature(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node)
  )
}

/** `Owner.member`; a callback has the name of what it is written in. */
function nameOf(node, owner) {
  const own = ts.isConstructorDeclaration(node) ? 'constructor' : node.name?.getText()
  return [owner, own].filter(Boolean).join('.')
}
