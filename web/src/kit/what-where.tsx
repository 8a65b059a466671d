/** `checkout 1.4.0 → prod`: what goes where, said the same way on every page. */
export function WhatWhere({
  service,
  version,
  environment,
}: {
  service: string
  version: string
  environment: string
}) {
  return (
    <>
      {service} <span className="font-mono">{version}</span>{' '}
      <span className="text-quiet font-normal">
        <span aria-hidden="true">→</span>
        <span className="sr-only">to</span> {environment}
      </span>
    </>
  )
}
