/** One of a few, chosen by a press: environments mostly. */
import { ToggleGroup } from 'radix-ui'

const TAB =
  'text-quiet rounded px-3 py-1 text-xs font-medium ' +
  'data-[state=on]:bg-page data-[state=on]:text-ink'

export function Tabs({
  label,
  all,
  chosen,
  onChoose,
}: {
  label: string
  all: readonly string[]
  chosen: string
  onChoose: (one: string) => void
}) {
  return (
    <ToggleGroup.Root
      type="single"
      aria-label={label}
      value={chosen}
      onValueChange={(to) => to !== '' && onChoose(to)}
      className="border-line inline-flex flex-wrap rounded-md border p-0.5"
    >
      {all.map((name) => (
        <ToggleGroup.Item key={name} value={name} className={TAB}>
          {name}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  )
}
