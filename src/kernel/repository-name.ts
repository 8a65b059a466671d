/**
 * One name for one repository, however its address is written: `github.com/acme/checkout` for
 * https, ssh and scp-like addresses. What tools tell of a repository is joined by it.
 */
const SCP = /^(?:[^@/:\s]+@)?([^/:\s]+):(?!\/\/)(.+)$/

export function repositoryName(address: string): string {
  const text = address.trim()
  if (/^(\/|\.)/.test(text)) return text.replace(/\/*(\.git)?\/*$/, '') || '/'
  const scp = URL.canParse(text) && text.includes('://') ? null : SCP.exec(text)
  const [host, path] = scp === null ? partsOf(text) : [scp[1] ?? '', scp[2] ?? '']
  const trimmed = path.replaceAll(/^\/+|\/+$/g, '').replace(/\.git$/, '')
  return host === '' ? `/${trimmed}` : `${host.toLowerCase()}/${trimmed.toLowerCase()}`
}

function partsOf(text: string): readonly [host: string, path: string] {
  if (!text.includes('://')) {
    const slash = text.indexOf('/')
    return slash < 0 ? [text, ''] : [text.slice(0, slash), text.slice(slash + 1)]
  }
  if (!URL.canParse(text)) return ['', text]
  const { hostname, pathname } = new URL(text)
  return [hostname, pathname]
}
