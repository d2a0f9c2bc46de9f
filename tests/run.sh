#!/usr/bin/env bash
# Runs the tests.
#   tests/run.sh                    the ordinary run: all tests but the long ones
#   tests/run.sh all                all tests, the long ones included: ahead-of-time compilation, packages, faults of real processes
#   tests/run.sh schedules [rounds] only the randomised schedules of the core, that many (default 20000)
#   tests/run.sh simulation [seeds] only simulated clusters of processes, that many (default 100000); STREAMX_SEED sets the first seed
#   tests/run.sh stress [minutes]   only random load on the core, for that long (default 1); CONFIGURATION=Release gives the highest load
#   tests/run.sh faults             only the faults of processes, networks, brokers and files, with a row of figures for each
#   tests/run.sh faults <minutes>   random faults for that long: of a broker, half on one node and half on three, or all on STREAMX_FAULT_NODES,
#                                   and beside it of a file; STREAMX_SEED sets the first seed of both
# STREAMX_JOBS is how many test projects run at the same time (default 3).
# The last line is 'N passed, N failed', and ', N skipped' if any test was skipped.
set -uo pipefail
cd "$(dirname "$0")/.."
mode=${1:-ordinary} amount=${2:-}
configuration=${CONFIGURATION:-Debug}   # Debug asserts the invariants of the core at every transition
export MSBUILDDISABLENODEREUSE=1        # no build node outlives the run

# --- Tools ---------------------------------------------------------------------------------------------------------------
missing=()
need() { # need <command or file> <Debian package>
  if [[ $1 == /* ]]; then [[ -e $1 ]]; else command -v "$1" >/dev/null; fi || missing+=("$2")
}

need_postgresql() { # its server is not on the path
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
}

install_missing() {
  [[ ${#missing[@]} -gt 0 ]] || return 0
  echo "Installing ${missing[*]} ..."
  # Tests start the servers they need, on loopback: installing a package must not start one.
  local policy=/usr/sbin/policy-rc.d
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' > "$policy" && chmod +x "$policy"
    trap 'rm -f /usr/sbin/policy-rc.d' RETURN
  fi
  # Nor make a server of the system's, which Debian's package of PostgreSQL does otherwise; what is set there already stays.
  local clusters=/etc/postgresql-common/createcluster.conf
  if [[ " ${missing[*]} " == *" postgresql "* && ! -e $clusters ]]; then
    mkdir -p "${clusters%/*}" && echo 'create_main_cluster = false' > "$clusters"
  fi
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold "${missing[@]}"; } >/dev/null \
    || { echo "These Debian packages are missing and could not be installed: ${missing[*]}"; exit 1; }
}

install_node_packages() { # exactly as their lock files have them; npm writes .package-lock.json when it has finished
  local lock folder
  while IFS= read -r lock; do
    folder=$(dirname "$lock")
    [[ $folder/node_modules/.package-lock.json -nt $lock ]] && continue
    echo "Installing the Node packages of $folder ..."
    (cd "$folder" && npm ci --no-fund --no-audit --loglevel=error) || { echo "The Node packages of $folder could not be installed."; exit 1; }
  done < <(find tests \( -name node_modules -o -name bin -o -name obj \) -prune -o -name package-lock.json -print)
}

need dotnet dotnet-sdk-10.0
case $mode in
  ordinary | all)
    need node nodejs
    need npm npm
    need kubectl kubernetes-client
    need chromium chromium
    need promtool prometheus
    need nginx nginx-light
    need rabbitmq-server rabbitmq-server
    need_postgresql
    ;;
  faults)
    need rabbitmq-server rabbitmq-server
    need_postgresql
    ;;
  schedules | simulation | stress) ;;
  *) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit 2 ;;
esac
if [[ $mode == all || $mode == faults ]]; then # what compiling ahead of time needs
  need clang clang
  need /usr/include/zlib.h zlib1g-dev
fi
install_missing
[[ $mode == ordinary || $mode == all ]] && install_node_packages

# --- Build ---------------------------------------------------------------------------------------------------------------
echo "Building ($configuration) ..."
started=$SECONDS
# One compiler for all projects, rather than one for each. It is this run's own, so it can be ended without harm to others.
compiler=streamx-tests-$$
stop_compiler() {
  local process
  for process in /proc/[0-9]*; do
    tr '\0' ' ' 2>/dev/null < "$process/cmdline" | grep -qF -- "-pipename:$compiler" && kill "${process#/proc/}"
  done
}

# Analyzers take half of a build's time. They run, with warnings as errors, in `dotnet build` and in CI.
dotnet build Streamx.Hosting.sln -c "$configuration" -p:RunAnalyzers=false -p:UseSharedCompilation=true -p:SharedCompilationId="$compiler" \
  -v quiet -nologo || { stop_compiler; echo "0 passed, 1 failed"; exit 1; }
stop_compiler
echo "Built in $((SECONDS - started)) s"

# --- What runs -----------------------------------------------------------------------------------------------------------
# The longest first, so that none of them is left running alone at the end; then the others.
longest=(Streamx.Hosting.RabbitMQ.Tests WorkerDemo.Tests Streamx.Hosting.Dashboard.Tests Streamx.Repository.Tests
  Streamx.Hosting.OpenTelemetry.Tests Streamx.Tests)
projects=()
for name in "${longest[@]}"; do [[ -d tests/$name ]] && projects+=("$name"); done
for folder in tests/*.Tests; do [[ " ${projects[*]} " == *" ${folder#tests/} "* ]] || projects+=("${folder#tests/}"); done
filter=() seconds=900 jobs=${STREAMX_JOBS:-3} live=0

case $mode in
  ordinary) filter=(--filter-not-trait Length=long) ;;
  all) seconds=2400 ;;
  schedules)
    projects=(Streamx.Tests)
    filter=(--filter-class 'Streamx.Tests.Schedules.RandomScheduleTests')
    export STREAMX_ROUNDS=${amount:-20000}
    ;;
  simulation)
    projects=(Streamx.Hosting.Tests)
    filter=(--filter-class 'Streamx.Hosting.Tests.Simulation.SimulationTests')
    export STREAMX_SEEDS=${amount:-100000}
    seconds=$((900 + STREAMX_SEEDS / 100))
    ;;
  stress)
    projects=(Streamx.Tests)
    filter=(--filter-namespace 'Streamx.Tests.Stress')
    export STREAMX_STRESS_MINUTES=${amount:-1}
    seconds=$((900 + 60 * STREAMX_STRESS_MINUTES))
    ;;
  faults)
    projects=(Streamx.Hosting.RabbitMQ.Tests Streamx.Hosting.Sqlite.Tests)
    filter=(--filter-namespace 'Streamx.Hosting.RabbitMQ.Tests.Faults' 'Streamx.Hosting.RabbitMQ.Tests.Faults.Matrix'
      'Streamx.Hosting.Sqlite.Tests.Faults' 'Streamx.Hosting.Sqlite.Tests.Faults.Processes' --show-live-output on)
    if [[ -n $amount ]]; then
      filter=(--filter-namespace 'Streamx.Hosting.RabbitMQ.Tests.Faults.Randomised' 'Streamx.Hosting.Sqlite.Tests.Faults.Randomised'
        --show-live-output on)
      export STREAMX_FAULT_MINUTES=$amount
    fi
    seconds=$((1800 + 60 * ${STREAMX_FAULT_MINUTES:-0}))
    live=1
    # A fault run starts dozens of workers for seconds each: compiled ahead of time they start in a fraction of the processor time.
    native=$PWD/tests/Streamx.Hosting.RabbitMQ.Worker/bin/native
    dotnet publish tests/Streamx.Hosting.RabbitMQ.Worker -c Release --use-current-runtime -p:PublishAot=true -v quiet -nologo \
      --artifacts-path "$native/build" -o "$native" || { echo "0 passed, 1 failed"; exit 1; }
    export STREAMX_WORKER=$native/Streamx.Hosting.RabbitMQ.Worker
    ;;
esac

# --- Run -----------------------------------------------------------------------------------------------------------------
logs=$(mktemp -d)
passed=0 failed=0 skipped=0

run_project() { # writes the project's log, exit code and time; a project that hangs is killed, and counts as failed
  local name=$1 began=$SECONDS
  local program=tests/$name/bin/$configuration/net10.0/$name
  if [[ $live -eq 1 ]]; then
    timeout -s KILL "$seconds" "$program" "${filter[@]}" --progress off --ansi off 2>&1 | tee "$logs/$name.log"
    echo "${PIPESTATUS[0]}" > "$logs/$name.code"
  else
    timeout -s KILL "$seconds" "$program" "${filter[@]}" --progress off --ansi off > "$logs/$name.log" 2>&1
    echo $? > "$logs/$name.code"
  fi
  echo $((SECONDS - began)) > "$logs/$name.seconds"
}

count() { grep -aE "^ +$2: [0-9]+" "$logs/$1.log" | tail -n 1 | grep -oE '[0-9]+' || echo 0; } # count <project> <what>

report() { # adds a project that has ended to the totals, and prints its line
  local name=$1 code p f s
  code=$(cat "$logs/$name.code") p=$(count "$name" succeeded) f=$(count "$name" failed) s=$(count "$name" skipped)
  # Exit code 8 says that no test ran: right for a project whose tests are all long, in the ordinary run.
  if [[ $code -eq 8 && $mode == ordinary && $f -eq 0 ]]; then code=0; fi
  # A project that ended well and counted nothing has failed as well: its summary was not understood.
  if [[ $f -eq 0 && ($code -ne 0 || ($((p + s)) -eq 0 && $(cat "$logs/$name.code") -ne 8)) ]]; then
    f=1
    printf '\nfailed %s ended with exit code %s; the end of its output:\n' "$name" "$code" >> "$logs/$name.log"
    tail -n 20 "$logs/$name.log" > "$logs/$name.end" && cat "$logs/$name.end" >> "$logs/$name.log"
  fi
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  printf '%-40s %4s s  %5s passed, %s failed\n' "$name" "$(cat "$logs/$name.seconds")" "$p" "$f"
}

declare -A running=()
finish_one() {
  local pid
  wait -n -p pid "${!running[@]}"
  report "${running[$pid]}"
  unset "running[$pid]"
}

started=$SECONDS
for name in "${projects[@]}"; do
  [[ ${#running[@]} -lt $jobs ]] || finish_one
  run_project "$name" &
  running[$!]=$name
done
while [[ ${#running[@]} -gt 0 ]]; do finish_one; done
echo "Tests ran for $((SECONDS - started)) s"

if [[ $failed -gt 0 ]]; then
  echo "== What failed"
  for name in "${projects[@]}"; do awk '/^failed /{left = 40} /^(passed|skipped|Test run summary)/{left = 0} left-- > 0' "$logs/$name.log"; done
fi
rm -rf "$logs"
if [[ $skipped -gt 0 ]]; then echo "$passed passed, $failed failed, $skipped skipped"; else echo "$passed passed, $failed failed"; fi
[[ $failed -eq 0 && $passed -gt 0 ]]
