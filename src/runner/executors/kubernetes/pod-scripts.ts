/**
 * What runs inside of a pod: some lines of POSIX shell, so that an image needs no more than a
 * shell, `tar`, `find`, `grep` and the usual small tools. The first process waits for the
 * workspace, runs the command, keeps its output and exit code in files, and waits until they are
 * fetched. All else is asked of the pod by commands of their own.
 */
import { KEPT_BYTES_MAX } from '../supervisor.ts'

/**
 * Where the pod keeps what is not the job's: on disk what it prints, in memory what it is given.
 */
export const CONTROL = '/signalbox'
export const GIVEN = `${CONTROL}/given`
/** The unit of `ulimit -f`. */
const BLOCK_BYTES = 512
/** How long a pod whose command has ended waits to be asked for what came of it, in naps. */
const NAPS_MAX = 6_000
/** The same for one that the cluster wants to end, and that nobody has asked anything. */
const NAPS_UNASKED = 30
/** As in the executor of processes: one that forks faster than this is left to the cluster. */
const ROUNDS_MAX = 100

/** Marked, so that the waiting of the first process is not taken for something of the job. */
const NAP = 'nap() { SIGNALBOX_NAP=1 sleep 0.1 2>/dev/null || SIGNALBOX_NAP=1 sleep 1; }'
/** Of the shell that reads it: a subshell has no other way to know its own. */
const OWN = 'own() { read -r pid rest < /proc/self/stat; echo "$pid" >> own; }'

/**
 * The first process. In the foreground of a shell, lest the command ignore SIGINT; both outputs
 * share one pipe, as on a machine. What keeps the output ignores SIGTERM, which all others get.
 */
export const MAIN = `
cd ${CONTROL} || exit 1
${NAP}
${OWN}
echo 1 > own
: > out
until [ -e go ]; do [ -e ending ] && exit 143; nap; done
{
  own; trap : TERM
  if [ -e ending ]; then (exit 143); else /bin/sh ${GIVEN}/run 2>&1; fi
  echo $? > exit.new; mv exit.new exit
} | {
  own; trap '' TERM
  (own; ulimit -c 0; ulimit -f ${Math.floor(KEPT_BYTES_MAX / BLOCK_BYTES)}; exec cat >> out) ||
    while dd bs=65536 count=1 of=more && [ -s more ]; do : > sign; done
  exec cat > /dev/null
} 2> /dev/null
: > quiet
naps=0
until [ -e done ] || [ $naps -ge ${NAPS_MAX} ]; do
  [ -e ending ] && ! [ -e asked ] && [ $naps -ge ${NAPS_UNASKED} ] && break
  nap; naps=$((naps + 1))
done
`

/**
 * Everything but what keeps the books, and who asks: a process of the job, whatever it did. Several
 * may ask at once, and none is to take another for one of the job.
 */
const LIVING = `
cd ${CONTROL} || exit 0
trap '' TERM
echo $$ >> aides
living() {
  aided=" $(cat aides 2>/dev/null | tr '\\n' ' ') "
  spared="$aided$(cat own 2>/dev/null | tr '\\n' ' ') "
  for at in /proc/[0-9]*; do
    pid=\${at#/proc/}
    case $spared in *" $pid "*) continue ;; esac
    read -r stat 2>/dev/null < $at/stat || continue
    set -- \${stat##*) }
    [ "$1" = Z ] && continue
    case $aided in *" $2 "*) continue ;; esac
    [ "$2" = 1 ] && grep -q SIGNALBOX_NAP=1 $at/environ 2>/dev/null && continue
    echo $pid
  done
}
`

/** Told to the pod by the cluster itself before it ends it. */
export const TERMINATE = `${LIVING}
${NAP}
: > ending
naps=0
# What is just about to begin is not there yet, and does not begin a moment later.
until told=$(living); [ -n "$told" ] || [ -e exit ] || [ $naps -ge 10 ]; do
  nap; naps=$((naps + 1))
done
for pid in $told; do kill -TERM $pid; done 2>/dev/null
:`

export const KILL = `${LIVING}
: > asked
rounds=0
while [ $rounds -lt ${ROUNDS_MAX} ]; do
  left=$(living)
  [ -z "$left" ] && exit 0
  for pid in $left; do kill -KILL $pid; done 2>/dev/null
  rounds=$((rounds + 1))
done
exit 1`

/** Comes to a good end when something of the job is alive. */
export const IS_RUNNING = `${LIVING}
[ -n "$(living)" ]`

/**
 * What the command prints, from a byte on, until it has ended; then, as errors, how. `s` there
 * means that it printed something which is kept no more.
 */
export const follow = (offset: number): string => `
cd ${CONTROL} || exit 1
trap '' TERM
echo $$ >> aides
${NAP}
until [ -e out ]; do nap; done
exec 3< out
tail -c +${offset + 1} <&3
ended=
while :; do
  [ -e exit ] && ended=1
  cat <&3
  if [ -e sign ]; then rm -f sign; printf s >&2; fi
  [ -n "$ended" ] && break
  nap
done
kills=0
for file in /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control; do
  [ -r $file ] && while read -r key value; do [ "$key" = oom_kill ] && kills=$value; done < $file
done
printf '\\nexit %s oom %s\\n' "$(cat exit)" "$kills" >&2`

/** The rest, when all that could write to it is dead. */
export const rest = (offset: number): string => `
cd ${CONTROL} || exit 1
${NAP}
naps=0
until [ -e quiet ] || [ $naps -ge 50 ]; do nap; naps=$((naps + 1)); done
exec tail -c +${offset + 1} out`

/** Takes so many bytes of an archive; there is no end of input in the protocol of the cluster. */
export const receive = (sizeBytes: number): string =>
  `head -c ${sizeBytes} | tar -x -o -f - -C / && : > ${CONTROL}/since`

/** The pause makes what the command writes newer than \`since\` by any clock of a file system. */
export const GO = `sleep 0.05 2>/dev/null || sleep 1; cd ${CONTROL} && date +%s > began && : > go`

/** How long ago it began, in seconds, by the clock that the pod has. */
export const AGE = `cd ${CONTROL} && echo $(($(date +%s) - $(cat began)))`

export const DONE = `: > ${CONTROL}/done`

/** Every file and link of a folder, each name ended by a nought. */
export const listAll = (folder: string): string =>
  `cd ${quoted(folder)} && exec find . '(' -type f -o -type l ')' -print0`

/**
 * The files that changed since the command began, as an archive: by the time of change, which no
 * command sets. Where `find` does not know it, all of them.
 */
export const bringBack = (folder: string): string => `
cd ${quoted(folder)} || exit 1
list=${CONTROL}/list
all() { find . '(' -type f -o -type l ')' "$@"; }
if tar --version 2>/dev/null | grep -q GNU; then
  all -cnewer ${CONTROL}/since -print0 > $list 2>/dev/null || all -print0 > $list
  exec tar -c -f - --hard-dereference --no-recursion --null -T $list
fi
all -cnewer ${CONTROL}/since > $list 2>/dev/null || all > $list
exec tar -c -f - -T $list`

/** What runs the line of a job. Read once, and gone before the job could look at it. */
export function runFile(
  folder: string,
  line: string,
  env: Readonly<Record<string, string>>,
): string {
  const given = Object.entries(env).map(([name, value]) => `export ${name}=${quoted(value)}\n`)
  const gone = `rm -f ${GIVEN}/run\n`
  const at = `cd ${quoted(folder)} || exit 1\nunset OLDPWD\n`
  return `${gone}${given.join('')}${at}exec /bin/sh -eu -c ${quoted(line)}\n`
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
