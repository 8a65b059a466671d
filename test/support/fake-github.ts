/** A git host with GitHub's manners: a bearer's token, a name of who asks, lists in fields. */
import { fakeGitHost, type Holds } from './fake-git-host.ts'

export const fakeGithub = (holds: Holds) =>
  fakeGitHost(holds, {
    rootOf: (repository) => `/repos/${repository}`,
    refusalOf(headers, token) {
      if (headers.authorization !== `Bearer ${token}`) return 401
      return headers['user-agent'] === undefined ? 403 : undefined
    },
    fieldOf(path) {
      if (path === '/actions/runs') return 'workflow_runs'
      return path.endsWith('/jobs') ? 'jobs' : undefined
    },
  })
