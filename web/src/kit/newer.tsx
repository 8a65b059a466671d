/** What came while somebody pointed at a list: it waits, and never moves what they look at. */
export function Newer({ count, onShow }: { count: number; onShow: () => void }) {
  if (count === 0) return null
  return (
    <button type="button" onClick={onShow} className="newer">
      {count} new: show
    </button>
  )
}
