/** Which service a list is about: all of them, or one. */
import { useQuery } from '@tanstack/react-query'
import { servicesQuery } from '../api/queries.ts'
import { ChoiceFilter } from '../kit/filters.tsx'

export function ServiceFilter({
  value,
  onChange,
}: {
  value: string | undefined
  onChange: (value: string) => void
}) {
  const services = useQuery(servicesQuery())
  const names = (services.data ?? []).map(({ name }) => name)
  return <ChoiceFilter label="Service" value={value} all={names} onChange={onChange} />
}
