/** What a child process needs in its environment for the test run to learn of the warnings that Node gives there. */
export const noting: Readonly<Record<string, string>> = Object.fromEntries(
  ['NODE_OPTIONS', 'SALLYPORT_WARNINGS'].flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
)
