/** What to do on an empty server, in its order: each step says whether it is done, and does it. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useId, useState } from 'react'
import { post } from '../../api/client.ts'
import { environmentsQuery, runsQuery, servicesQuery } from '../../api/queries.ts'
import { Trouble } from '../../kit/answer.tsx'
import { Button } from '../../kit/button.tsx'
import { Card } from '../../kit/card.tsx'
import { State } from '../../kit/state.tsx'
import { useMe } from '../../shell/me.ts'
import { whyNotRole } from '../../shell/roles.ts'
import { ENVIRONMENT, PIPELINE, repositoryIn, SERVICE, STEPS, stepsDone } from './first-steps.ts'

/** Undefined while that is not known; true on a server that has seen a run. */
export function useIsSetUp(): boolean | undefined {
  const done = useDone()
  return done === undefined ? undefined : STEPS.every((step) => done[step])
}

function useDone() {
  const environments = useQuery(environmentsQuery())
  const services = useQuery(servicesQuery())
  const runs = useQuery(runsQuery())
  if (!environments.data || !services.data || !runs.data) return undefined
  return stepsDone({
    environments: environments.data,
    services: services.data,
    runs: runs.data,
  })
}

export function FirstSteps() {
  const done = useDone()
  const services = useQuery(servicesQuery())
  if (done === undefined) return null
  const next = STEPS.find((step) => !done[step])
  const service = services.data?.[0]
  return (
    <Card
      title="Set it up"
      id="first-steps"
      aside={`${STEPS.filter((step) => done[step]).length} of ${STEPS.length} done`}
    >
      <ol className="divide-line divide-y">
        <Step
          name="Declare where services run"
          isDone={done.environment}
          isNext={next === 'environment'}
        >
          <Manifest label="An environment" text={ENVIRONMENT} />
        </Step>
        <Step
          name="Connect a repository: declare the service in it"
          isDone={done.service}
          isNext={next === 'service'}
        >
          <Manifest label="A service, with the address of its repository" text={SERVICE} />
        </Step>
        <Step name="Give it a pipeline" isDone={done.pipeline} isNext={next === 'pipeline'}>
          <p className="mb-2">
            Commit this as <Command text="signalbox.yaml" /> beside the code, or let{' '}
            <Command text="signalbox init" /> write one by looking at it. Then say that it was
            pushed.
          </p>
          <pre
            className="bg-page mb-2 overflow-x-auto rounded-md p-2.5 font-mono text-xs"
            tabIndex={0}
          >
            {PIPELINE}
          </pre>
          {service !== undefined && <Push {...service.source} />}
        </Step>
        <Step name="See it run" isDone={done.run} isNext={next === 'run'}>
          <p>
            Its runs are <Link to="/runs">here</Link>; the first that succeeds becomes a release.
          </p>
        </Step>
      </ol>
      <p className="text-quiet mt-3 text-xs">
        All of it works from a shell too: <Command text="signalbox apply -f signalbox.yaml" />. Or
        watch a made-up shop being released, good and bad: <Command text="signalbox demo" />.
      </p>
    </Card>
  )
}

function Step(props: { name: string; isDone: boolean; isNext: boolean; children: ReactNode }) {
  const { name, isDone, isNext, children } = props
  return (
    <li className="py-2.5 first:pt-0">
      <details open={isNext}>
        <summary className="cursor-pointer">
          <span className="ml-1 inline-flex w-[calc(100%-1.5rem)] justify-between gap-4">
            <span className="font-medium">{name}</span>
            {isDone ? (
              <State of="passed" text="done" />
            ) : (
              <State of="step" text={isNext ? 'next' : 'later'} tone={isNext ? 'open' : 'plain'} />
            )}
          </span>
        </summary>
        <div className="mt-2 ml-4">{children}</div>
      </details>
    </li>
  )
}

function Manifest({ label, text: given }: { label: string; text: string }) {
  const me = useMe()
  const id = useId()
  const [text, setText] = useState(given)
  const why = whyNotRole(me, 'operator')
  const applying = useMutation({
    mutationFn: () => post('/manifests', { files: [{ path: 'page.yaml', text }] }),
  })
  return (
    <>
      <label htmlFor={id} className="text-quiet block text-xs font-medium">
        {label}
      </label>
      <textarea
        id={id}
        rows={given.split('\n').length + 1}
        value={text}
        spellCheck={false}
        onChange={({ target }) => setText(target.value)}
        className="border-field bg-page my-1.5 w-full rounded-md border px-2.5 py-1.5 font-mono text-xs"
      />
      {applying.error !== null && <Trouble error={applying.error} />}
      <Act name="Apply it" why={why} isBusy={applying.isPending} onAct={() => applying.mutate()} />
    </>
  )
}

function Push({ repository, branch }: { repository: string; branch: string }) {
  const me = useMe()
  const why = whyNotRole(me, 'developer')
  const pushing = useMutation({
    mutationFn: () => post('/repositories/push', { repository, branch }),
  })
  return (
    <>
      {pushing.error !== null && <Trouble error={pushing.error} />}
      {pushing.isSuccess && (
        <p role="status" className="mb-2">
          {repositoryIn(repository)} is being read. Its run shows here as soon as it is queued.
        </p>
      )}
      <Act
        name={`${branch} was pushed`}
        why={why}
        isBusy={pushing.isPending}
        onAct={() => pushing.mutate()}
      />
    </>
  )
}

function Act(props: { name: string; why: string; isBusy: boolean; onAct: () => void }) {
  const { name, why, isBusy, onAct } = props
  const id = useId()
  return (
    <p className="flex flex-wrap items-center gap-3">
      <Button
        weight="strong"
        disabled={why !== '' || isBusy}
        aria-describedby={why === '' ? undefined : id}
        onClick={onAct}
      >
        {name}
      </Button>
      {why !== '' && (
        <span id={id} className="text-quiet text-xs">
          {why}
        </span>
      )}
    </p>
  )
}

function Command({ text }: { text: string }) {
  return <code className="bg-page text-ink rounded px-1.5 py-0.5 font-mono text-xs">{text}</code>
}
