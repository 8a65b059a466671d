# Runs where the account of the shop is: replace this with what uploads there.
set -eu
echo "nothing is uploaded here" >&2
exit 1
