/** Taking a wish back that has not started; who may not reads why. */
import { Do } from '../../kit/do.tsx'

export function Withdraw({ promotion, what }: { promotion: string; what: string }) {
  return (
    <Do
      name="Withdraw"
      title={`Withdraw ${what}?`}
      action="Withdraw it"
      weight="danger"
      role="developer"
      path={`/promotions/${encodeURIComponent(promotion)}/cancel`}
      body={(reason) => (reason === '' ? {} : { reason })}
      rehearse={{}}
      reason="optional"
    >
      <p>Nothing has started; approvals that were given are void. It may be asked for again.</p>
    </Do>
  )
}
