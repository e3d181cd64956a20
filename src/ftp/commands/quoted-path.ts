/** The path in a 257 reply, a doubled quote standing for one (RFC 959 appendix II); undefined when it cannot be used in a command. */
export function quotedPath(text: string): string | undefined {
  const start = text.indexOf('"')
  let path = ''
  for (let i = start + 1; start >= 0 && i < text.length; i++) {
    if (text[i] !== '"') path += text[i]
    else if (text[i + 1] === '"') path += text[i++]
    else return usable(path)
  }
  return undefined
}

/** VMS and MVS answer in their own notation; '/' is where relative paths then begin. */
function usable(path: string): string | undefined {
  if (path === '' || /[\x00-\x1f\x7f]/.test(path)) return undefined
  return path.startsWith('/') ? path : '/'
}
