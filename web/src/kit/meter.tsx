/** How much of the traffic a release has: a bar for the eye, beside the number. */
export function Meter({ weight }: { weight: number }) {
  return (
    <span className="flex items-center gap-2">
      <span aria-hidden="true" className="bg-track h-1.5 w-24 overflow-hidden rounded-full">
        <span
          className="bg-canary block h-full rounded-full transition-[width]"
          style={{ width: `${weight}%` }}
        />
      </span>
      <span className="w-10 text-right">{weight} %</span>
    </span>
  )
}
