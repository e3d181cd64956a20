// docs.mjs [FOLDER]: makes the HTML reference of sallyport and sallyport/testing from the doc comments, in docs/api or in FOLDER. Fails on
// every warning: a broken link, a public member without a comment, a type that is named but not exported. The names of
// sallyport/sockettools are explained in docs/SOCKETTOOLS.md.
import { register } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

// TypeDoc imports 'typescript', which is version 7 here and has no JavaScript interface; it gets version 6.
register(`data:text/javascript,${encodeURIComponent(hook.toString().replace('hook', 'resolve'))};export{resolve}`)
const { Application } = await import('typedoc')

const app = await Application.bootstrap({
  name: 'sallyport',
  entryPoints: ['index', 'testing/index'].map((entry) => join(root, 'src', `${entry}.ts`)),
  tsconfig: join(root, 'tsconfig.json'),
  out: process.argv[2] ?? join(root, 'docs', 'api'),
  readme: 'none',
  disableSources: true,
  excludeInternal: true,
  excludePrivate: true,
  intentionallyNotExported: ['DIALECTS'], // the table behind testing's DialectName
  validation: { invalidLink: true, notDocumented: true, notExported: true },
  treatWarningsAsErrors: true,
  skipErrorChecking: true, // the build checks types
})
const project = await app.convert()
if (project) app.validate(project)
if (project && !app.logger.hasErrors() && !app.logger.hasWarnings()) await app.generateOutputs(project)
else process.exitCode = 1

function hook(specifier, context, next) {
  return next(specifier === 'typescript' ? 'typescript-api' : specifier, context)
}
