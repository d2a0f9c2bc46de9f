#!/usr/bin/env bash
# Runs every test.
#   tests/run.sh                    everything, but for the longest faults
#   tests/run.sh schedules [rounds] only the randomised schedules of the core, that many of them (default 20000)
#   tests/run.sh stress [minutes]   only random load on the core, for that long (default 1); CONFIGURATION=Release loads it most
#   tests/run.sh faults             only the faults of processes, networks and brokers, all of them, with a row of figures for each
#   tests/run.sh faults <minutes>   faults of all kinds at random, for that long, half on one node and half on three; STREAMX_SEED sets the first seed
# The closing line is 'N passed, N failed', and ', N skipped' where any were.
set -uo pipefail
cd "$(dirname "$0")/.."
configuration=${CONFIGURATION:-Debug}   # Debug has the invariants of the core asserted at every transition

need() { # need <command> <debian package>
  command -v "$1" >/dev/null && return
  echo "Installing $2 ..."
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2"; } >/dev/null || { echo "'$1' is missing and could not be installed (package $2)."; exit 1; }
}

need_broker() { # Brokers are started by the tests that need one; installing the package must not start another.
  [[ -e /usr/sbin/policy-rc.d ]] || { printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d && trap 'rm -f /usr/sbin/policy-rc.d' EXIT; }
  need rabbitmq-server rabbitmq-server
}

need dotnet dotnet-sdk-10.0
need_native() { # what compiling ahead of time needs
  need clang clang
  [[ -e /usr/include/zlib.h ]] || need zlib.h zlib1g-dev
}

[[ ${1:-} == faults ]] && need_broker && need_native
if [[ $# -eq 0 ]]; then
  need node nodejs
  need npm npm
  need kubectl kubernetes-client
  need chromium chromium
  need_native
  if ! command -v promtool >/dev/null || ! command -v prometheus >/dev/null; then
    need promtool prometheus
    # Where the package starts a server of its own, it goes: the tests start theirs, on loopback.
    if [[ -d /run/systemd/system ]]; then systemctl disable -q --now prometheus.service; fi
  fi
  need_broker

  # The Node packages of tests, exactly as their locks have them. npm leaves the file behind when it has finished.
  while IFS= read -r package; do
    folder=$(dirname "$package")
    [[ $folder/node_modules/.package-lock.json -nt $folder/package-lock.json ]] && continue
    echo "Installing the packages of $folder ..."
    (cd "$folder" && npm ci --no-fund --no-audit --loglevel=error) || { echo "The packages of $folder could not be installed."; exit 1; }
  done < <(find tests \( -name node_modules -o -name bin -o -name obj \) -prune -o -name package.json -print)
fi

echo "Building ($configuration) ..."
dotnet build Streamx.Hosting.sln -c "$configuration" -v quiet -nologo || exit 1

projects=(tests/*.Tests)
filter=(--filter-not-trait Length=long)   # what mostly waits, for minutes: networks that are gone for half a minute, processes that hang, nodes that start
if [[ ${1:-} == schedules ]]; then
  projects=(tests/Streamx.Tests)
  filter=(--filter-class 'Streamx.Tests.Schedules.RandomScheduleTests')
  export STREAMX_ROUNDS=${2:-20000}
elif [[ ${1:-} == stress ]]; then
  projects=(tests/Streamx.Tests)
  filter=(--filter-namespace 'Streamx.Tests.Stress')
  export STREAMX_STRESS_MINUTES=${2:-1}
elif [[ ${1:-} == faults ]]; then
  projects=(tests/Streamx.Hosting.RabbitMQ.Tests)
  filter=(--filter-namespace 'Streamx.Hosting.RabbitMQ.Tests.Faults' 'Streamx.Hosting.RabbitMQ.Tests.Faults.Matrix' --show-live-output on)
  if [[ -n ${2:-} ]]; then
    filter=(--filter-namespace 'Streamx.Hosting.RabbitMQ.Tests.Faults.Randomised')
    export STREAMX_FAULT_MINUTES=$2
  fi
  # Workers by the dozen, each for seconds: ahead of time they are compiled once, and leave the machine to what they do.
  native=$PWD/tests/Streamx.Hosting.RabbitMQ.Worker/bin/native
  dotnet publish tests/Streamx.Hosting.RabbitMQ.Worker -c Release --use-current-runtime -p:PublishAot=true -v quiet -nologo --artifacts-path "$native/build" -o "$native" || exit 1
  export STREAMX_WORKER=$native/Streamx.Hosting.RabbitMQ.Worker
fi

passed=0 failed=0 skipped=0 broken=0
failures=$(mktemp)   # told again at the end, where nobody has to look for them
for project in "${projects[@]}"; do
  name=$(basename "$project")
  echo "== $name"
  log=$(mktemp)
  # A test that hangs is ended, and the run counts as failed; a run of stress or faults may take as long as it was asked to.
  timeout -s KILL $((900 + 60 * (${STREAMX_STRESS_MINUTES:-0} + ${STREAMX_FAULT_MINUTES:-0}))) "$project/bin/$configuration/net10.0/$name" "${filter[@]}" --no-progress 2>&1 | tee "$log" | grep -vE '^\s*$'
  code=${PIPESTATUS[0]}
  count() { grep -aE "^ +$1: [0-9]+" "$log" | tail -n 1 | grep -oE '[0-9]+' || echo 0; }
  f=$(count failed)
  passed=$((passed + $(count succeeded)))
  skipped=$((skipped + $(count skipped)))
  # A run that died, or ran nothing, is a failure however little it counted.
  if [[ $code -ne 0 && $f -eq 0 ]]; then f=1; broken=1; echo "$name ended with exit code $code." | tee -a "$failures"; fi
  awk '/^failed /{left = 30} /^(passed|skipped|Test run summary)/{left = 0} left-- > 0' "$log" >> "$failures"
  failed=$((failed + f))
  rm -f "$log"
done

if [[ -s $failures ]]; then echo "== What failed"; cat "$failures"; fi
rm -f "$failures"
if [[ $skipped -gt 0 ]]; then echo "$passed passed, $failed failed, $skipped skipped"; else echo "$passed passed, $failed failed"; fi
[[ $failed -eq 0 && $broken -eq 0 && $passed -gt 0 ]]
