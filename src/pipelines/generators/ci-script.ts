/**
 * The file that generated jobs share: how outputs travel from job to job and how a job is known
 * to have run on the same inputs before. One archive a job, alike on every target, so that links
 * and modes arrive as they left.
 */

export const CI_SCRIPT_PATH = '.signalbox/ci.sh'

export const CI_SCRIPT = String.raw`set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
out=$root/.signalbox/out
cache=$(printenv SIGNALBOX_CACHE || echo "$root/.signalbox/cache")

digest() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum "$@"; else shasum -a 256 "$@"; fi
}

# Files here whose path matches the expression, in the same order everywhere.
files() {
  find . \( -path ./.git -o -path ./.signalbox/out -o -path ./.signalbox/cache \) -prune -o \
    \( -type f -o -type l \) -print | sed 's|^\./||' | { LC_ALL=C grep -E "^($1)$" || true; } |
    LC_ALL=C sort
}

# The same bytes from the same files, where tar can.
pack() {
  if tar --version 2>/dev/null | grep -q GNU; then
    tar --mtime=@0 --owner=0 --group=0 --numeric-owner --no-recursion -T "$2" -cf - | gzip -n >"$1"
  else
    tar -czf "$1" -T "$2"
  fi
}

archives() {
  for job in "$@"; do
    for file in "$out/$job.tgz" "$out/$job+"*.tgz; do
      if [ -f "$file" ]; then printf '%s\n' "$file"; fi
    done
  done
}

# key NAME DEFINITION INPUTS NEEDS VARIABLES
key() {
  {
    printf '%s\n' "$1" "$2"
    # A link is where it leads to, not what is there.
    files "$3" | while IFS= read -r file; do
      if [ -L "$file" ]; then
        printf '%s -> %s\n' "$file" "$(readlink "$file")"
      else
        digest "$file"
      fi
    done
    archives $4 | while IFS= read -r file; do digest <"$file"; done
    for variable in $5; do printf '%s=' "$variable"; printenv "$variable" || true; done
  } | digest | cut -c1-64
}

# A leg may be called anything; a file may not.
named() {
  printf '%s' "$1" | tr -c 'A-Za-z0-9_.+-' '-'
}

verb=$1
shift
case $verb in
  restore)
    archives "$@" | while IFS= read -r file; do tar -xzf "$file"; done
    ;;
  key)
    key "$@"
    ;;
  cached)
    made=$(key "$@")
    name=$(named "$1")
    mkdir -p "$out" "$cache/$name"
    if [ -f "$cache/$name/$made.tgz" ]; then
      cp "$cache/$name/$made.tgz" "$out/$name.tgz"
      : >"$out/$name.hit"
      tar -xzf "$out/$name.tgz"
      echo "signalbox: $name ran on these inputs before: $made"
    else
      rm -f "$out/$name.hit"
      printf '%s\n' "$made" >"$out/$name.key"
      exit 1
    fi
    ;;
  keep)
    # keep NAME OUTPUTS [FILE...]: a file that is named must be there.
    name=$(named "$1")
    pattern=$2
    shift 2
    for file in "$@"; do
      if [ ! -e "$file" ]; then
        echo "signalbox: $name made no $file; correct its outputs, or what it runs" >&2
        exit 1
      fi
    done
    mkdir -p "$out"
    if [ ! -f "$out/$name.hit" ]; then
      files "$pattern" >"$out/$name.list"
      pack "$out/$name.tgz" "$out/$name.list"
      rm "$out/$name.list"
    fi
    if [ -f "$out/$name.key" ]; then
      mkdir -p "$cache/$name"
      rm -f "$cache/$name/"*.tgz
      cp "$out/$name.tgz" "$cache/$name/$(cat "$out/$name.key").tgz"
      rm "$out/$name.key"
    fi
    ;;
  began)
    mkdir -p "$out"
    date +%s >"$out/$(named "$1").began"
    ;;
  report)
    # report job|package DIRECTORY JOB LEG OUTCOME SERVICE [REPORT...]: what became of it.
    # A report that fails is said, and fails nothing.
    kind=$1
    job=$3
    leg=$4
    outcome=$5
    service=$6
    cd "$root/$2"
    shift 6
    if [ "$#" -gt 0 ]; then set -- --junit "$@"; fi
    name=$(named "$job")
    if [ -f "$out/$name.hit" ]; then
      case $outcome in 0 | success) outcome=cached ;; esac
    fi
    if [ -f "$out/$name.began" ]; then set -- "$@" --began "$(cat "$out/$name.began")"; fi
    if [ "$kind" = package ] && [ -f "$out/$name.tgz" ]; then
      set -- "$@" --artifact "$service=sha256:$(digest <"$out/$name.tgz" | cut -c1-64)"
    fi
    if [ "$leg" != '' ]; then set -- "$@" --leg "$leg"; fi
    if [ -z "$(printenv GIT_COMMIT || true)" ]; then
      GIT_COMMIT=$(git rev-parse HEAD 2>/dev/null || true)
      export GIT_COMMIT
    fi
    if ! command -v signalbox >/dev/null 2>&1; then
      echo "signalbox: $job was not reported: signalbox is not on the path of this job" >&2
    elif ! signalbox ci report --job "$job" --outcome "$outcome" --service "$service" "$@"; then
      echo "signalbox: $job was not reported, and ended as $outcome all the same" >&2
    fi
    ;;
  result)
    # result JOB NAME FILE: what a job says to others.
    mkdir -p ".signalbox/results/$1"
    cp "$3" ".signalbox/results/$1/$2"
    ;;
  wait)
    # wait SECONDS tcp HOST PORT | http URL | cmd LINE
    left=$1
    until
      case $2 in
        tcp)
          nc -z "$3" "$4" 2>/dev/null ||
            bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$3" "$4" 2>/dev/null
          ;;
        http) curl -fsS -o /dev/null "$3" 2>/dev/null ;;
        cmd) sh -c "$3" >/dev/null 2>&1 ;;
      esac
    do
      left=$((left - 1))
      if [ "$left" -le 0 ]; then
        echo "signalbox: $3 was not ready in $1 s" >&2
        exit 1
      fi
      sleep 1
    done
    ;;
  *)
    echo "signalbox: there is no $verb here" >&2
    exit 2
    ;;
esac
`
