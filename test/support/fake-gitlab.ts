/** A git host with GitLab's manners: a token of its own header, a path in one part. */
import { fakeGitHost, type Holds } from './fake-git-host.ts'

export const fakeGitlab = (holds: Holds) =>
  fakeGitHost(holds, {
    rootOf: (repository) => `/api/v4/projects/${encodeURIComponent(repository)}`,
    refusalOf: (headers, token) => (headers['private-token'] === token ? undefined : 401),
    fieldOf: () => undefined,
  })
