#!/bin/sh
# What this application runs on a host that it reaches over SSH: it keeps the instances of services running there, and
# tells how they are. Needs a POSIX shell with local variables, flock and setsid (util-linux, BusyBox), and /proc.
#
# <root>/<environment>/<service>/          called "service" below
#   releases/<digest>/                     the files of a version, read only
#   current -> releases/<digest>           the version that is meant to run
#   lock                                   held while instances are added or removed
#   instances/<version>#<index>/           called "place" below
#     command environment release grace by unit host   as they came
#     port                                 given to it here
#     program                              its process number, and when that process began
#     held                                 locked by whoever holds the instance, as long as that lives
#     state                                phase, restarts, exit code, and when that was
#     log                                  what it wrote
set -u
umask 077
self=$0
# sshd without PAM does not say where systemd of the user listens.
if [ -z "${XDG_RUNTIME_DIR:-}" ] && [ -d "/run/user/$(id -u)" ]; then
  XDG_RUNTIME_DIR=/run/user/$(id -u)
  export XDG_RUNTIME_DIR
fi

fail() {
  echo "$1" >&2
  exit "${2:-1}"
}

now() { date +%s; }

# When a process began, in ticks: process numbers are used again. Nothing for one that has ended.
born() {
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  # The name in parentheses may hold anything.
  set -- ${stat##*) }
  [ "$1" = Z ] || echo "${20}"
}

# The process of an instance, if it lives.
living() {
  read -r pid began 2>/dev/null <"$1/program" || return 0
  [ "$(born "$pid")" = "$began" ] && echo "$pid"
  return 0
}

# Whether our own supervisor holds an instance. A shared lock, so that two that ask do not hold each other up.
is_held() { [ -e "$1/held" ] && ! flock -s -n "$1/held" true; }

unit_of() { cat "$1/unit.name"; }
by_systemd() { [ "$(cat "$1/by" 2>/dev/null)" = systemd ]; }

unit_state() { systemctl --user show -p "$2" --value "$(unit_of "$1")" 2>/dev/null; }

# Whether something sees to it that an instance runs.
is_kept() {
  if by_systemd "$1"; then
    case $(unit_state "$1" ActiveState) in active | activating | reloading) return 0 ;; *) return 1 ;; esac
  fi
  is_held "$1"
}

# Says what is to hold instances here: systemd of this user where it really does, else our own supervisor, and why.
supervisor() {
  if ! systemctl --user show-environment >/dev/null 2>&1; then
    echo "own systemd does not run there for this user"
  elif [ ! -e "/var/lib/systemd/linger/$(id -un)" ]; then
    echo "own systemd would end them when nobody is signed in (loginctl enable-linger changes that)"
  elif ! systemd-run --user --wait --quiet true >/dev/null 2>&1; then
    echo "own systemd starts nothing for this user"
  else
    echo systemd
  fi
}

# --- running one

# Becomes the program of an instance.
run() {
  cd "$1" || exit 1
  stat=$(cat "/proc/$$/stat")
  set -- "$1" ${stat##*) }
  shift
  echo "$$ ${20}" >program.new && mv -f program.new program
  unset SSH_CLIENT SSH_CONNECTION SSH_TTY SSH_ORIGINAL_COMMAND
  . ./environment
  PORT=$(cat port) HOST=$(cat host)
  export PORT HOST
  place=$PWD
  cd "../../releases/$(cat release)" || exit 1
  umask 022
  . "$place/command"
}

say() { echo "$*" >state.new && mv -f state.new state; }

keep_log_short() {
  size=$(wc -c <log 2>/dev/null) || return 0
  [ "$size" -le 8388608 ] && return 0
  # It is written by appending, so its writer goes on at the start.
  cp log log.1 && : >log
}

# Holds an instance: starts it again whenever it ends, after a wait that doubles, until it ends too often.
hold() {
  cd "$1" || exit 1
  exec 9>>held
  tries=0
  until flock -n 9; do
    # Somebody may only be looking; another holder would stay.
    tries=$((tries + 1))
    [ $tries -lt 20 ] || exit 0
    sleep 0.1
  done
  trap '' HUP
  trap 'exit 0' TERM INT
  echo $$ >holder.new && mv -f holder.new holder
  restarts=0
  # Of its last end.
  code=0
  ends=
  # One whose holder was killed is taken up.
  program=$(living .)
  while :; do
    own=
    if [ -z "$program" ]; then
      say running $restarts $code "$(now)"
      setsid sh "$self" run "$PWD" </dev/null >>log 2>&1 9>&- &
      program=$!
      own=yes
      began=$(born "$program")
    else
      began=$(born "$program")
      say running $restarts $code "$(now)"
    fi
    looks=0
    while [ -n "$began" ] && [ "$(born "$program")" = "$began" ]; do
      sleep 0.5 9>&-
      looks=$((looks + 1))
      [ $((looks % 20)) -ne 0 ] || keep_log_short
    done
    code=0
    if [ -n "$own" ]; then
      wait "$program"
      code=$?
    fi
    program=
    at=$(now)
    recent=
    count=0
    for end in $ends $at; do
      if [ $((at - end)) -lt 60 ]; then
        recent="$recent $end"
        count=$((count + 1))
      fi
    done
    ends=$recent
    if [ $count -gt 5 ]; then
      say flapping $restarts $code "$at"
      exit 0
    fi
    say waiting $restarts $code "$at"
    case $count in 1) sleep 0.2 ;; 2) sleep 0.4 ;; 3) sleep 0.8 ;; 4) sleep 1.6 ;; *) sleep 3.2 ;; esac 9>&-
    restarts=$((restarts + 1))
  done
}

# --- starting and ending

is_listening() {
  hex=$(printf %04X "$1")
  grep -Eqs "^ *[0-9]+: [0-9A-F]+:$hex [0-9A-F]+:[0-9A-F]+ 0A " /proc/net/tcp /proc/net/tcp6
}

# Gives an instance a port that no other has and nothing listens on.
give_port() {
  local root=$1 place=$2 port=$3 last=$4 taken
  exec 7>>"$root/ports.lock"
  flock 7
  taken=" $(cat "$root"/*/*/instances/*/port 2>/dev/null | tr '\n' ' ')"
  while [ "$port" -le "$last" ]; do
    case $taken in
    *" $port "*) ;;
    *) is_listening "$port" || break ;;
    esac
    port=$((port + 1))
  done
  [ "$port" -le "$last" ] || fail "no free port between $3 and $last" 75
  echo "$port" >"$place/port"
  exec 7>&-
}

# Ends what runs of an instance: asked to, and killed when it does not. Says so then.
end() {
  local pid grace waited
  pid=$(living "$1")
  [ -n "$pid" ] || return 0
  grace=$(cat "$1/grace")
  kill -s TERM -- "-$pid" 2>/dev/null
  waited=0
  while [ -n "$(living "$1")" ] && [ $waited -lt $((grace * 10)) ]; do
    sleep 0.1
    waited=$((waited + 1))
  done
  [ -z "$(living "$1")" ] || echo "${1##*#} It ignored SIGTERM for $grace s and was killed."
  # What it started may have outlived it.
  kill -s KILL -- "-$pid" 2>/dev/null
  return 0
}

unit_file() { echo "${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user/$(unit_of "$1")"; }

# Lets nobody start an instance again.
let_go() {
  local before holder
  if by_systemd "$1"; then
    before=$(living "$1")
    systemctl --user stop "$(unit_of "$1")" 2>/dev/null
    [ "$(unit_state "$1" Result)" != timeout ] || [ -z "$before" ] ||
      echo "${1##*#} It ignored SIGTERM for $(cat "$1/grace") s and was killed."
    systemctl --user disable --quiet "$(unit_of "$1")" 2>/dev/null
    rm -f "$(unit_file "$1")"
    systemctl --user daemon-reload 2>/dev/null
    systemctl --user reset-failed "$(unit_of "$1")" 2>/dev/null
  elif is_held "$1"; then
    holder=$(cat "$1/holder" 2>/dev/null)
    while is_held "$1"; do
      [ -z "$holder" ] || kill -TERM "$holder" 2>/dev/null
      sleep 0.1
      holder=$(cat "$1/holder" 2>/dev/null)
    done
  fi
  return 0
}

stop() {
  [ -d "$1" ] || return 0
  let_go "$1"
  end "$1"
  rm -rf "$1"
}

launch() {
  local file waited
  if by_systemd "$1"; then
    file=$(unit_file "$1")
    mkdir -p "$(dirname "$file")" && sed "s|@script@|$self|" "$1/unit" >"$file" && systemctl --user daemon-reload &&
      systemctl --user enable --quiet "$(unit_of "$1")" && systemctl --user start "$(unit_of "$1")" ||
      fail "systemd did not start $(unit_of "$1")"
    return 0
  fi
  setsid sh "$self" hold "$1" </dev/null >/dev/null 2>&1 8>&- 7>&- &
  waited=0
  until is_held "$1" || [ $waited -ge 50 ]; do
    sleep 0.1
    waited=$((waited + 1))
  done
}

locked() {
  mkdir -p "$1/instances" "$1/releases" || exit 1
  exec 8>>"$1/lock"
  flock 8
}

# start <root> <service> <version#index> <first port> <last port>; its files come as a tar archive.
# Asked for twice it does nothing: one that is kept running stays as it is.
start() {
  root=$1 service=$2 place=$2/instances/$3
  locked "$service"
  fresh=$place.new
  rm -rf "$fresh"
  mkdir "$fresh" || exit 1
  trap 'rm -rf "$fresh"' EXIT
  { tar -xf - -C "$fresh" && rm "$fresh/.framework0-whole"; } || fail "the description of the instance did not arrive"
  ! is_kept "$place" || return 0
  if [ -d "$place" ]; then
    # Left by a holder that was killed, or given up: begun anew with the same port.
    let_go "$place"
    end "$place" >/dev/null
    for kept in port log; do [ ! -e "$place/$kept" ] || mv "$place/$kept" "$fresh/$kept"; done
    rm -rf "$place"
  fi
  [ -s "$fresh/port" ] || give_port "$root" "$fresh" "$4" "$5"
  touch "$service/releases/$(cat "$fresh/release")"
  mv -T "$fresh" "$place" || exit 1
  trap - EXIT
  launch "$place"
}

instances() {
  for place in "$1"/instances/*#*; do
    [ -d "$place" ] || continue
    case $place in *.new) ;; *) echo "$place" ;; esac
  done
}

stop_all() {
  while IFS= read -r place; do stop "$place" & done
  wait
}

# trim <service> <version> <replicas>: ends the instances of a version beyond so many.
trim() {
  locked "$1"
  # Half of one, whose host lost its power.
  rm -rf "$1/instances/$2#"*.new
  instances "$1" | while IFS= read -r place; do
    case ${place##*/} in "$2#"*) [ "${place##*#}" -lt "$3" ] || echo "$place" ;; esac
  done | stop_all
  prune "$1"
}

# sweep <service> <version>…: ends the instances of all other versions.
sweep() {
  service=$1
  shift
  locked "$service"
  instances "$service" | while IFS= read -r place; do
    version=${place##*/}
    version=${version%#*}
    wanted=
    for each in "$@"; do [ "$each" != "$version" ] || wanted=yes; done
    [ -n "$wanted" ] || echo "$place"
  done | stop_all
}

# Keeps the releases that are in use, and the five used last.
prune() {
  cd "$1/releases" || exit 1
  used=" $(cat ../instances/*/release 2>/dev/null | tr '\n' ' ') $(basename "$(readlink ../current 2>/dev/null)") "
  kept=0
  ls -1t | while IFS= read -r digest; do
    case $digest in *.new-*)
      # Half of one, whose connection was lost more than a day ago.
      [ -z "$(find "$digest" -prune -mmin +1440)" ] || rm -rf "$digest"
      continue
      ;;
    esac
    kept=$((kept + 1))
    case $used in *" $digest "*) continue ;; esac
    [ $kept -le 5 ] || { chmod -R u+w "$digest" && rm -rf "$digest"; }
  done
}

# settle <service> <version>: the release of that version is the current one from now on.
settle() {
  locked "$1"
  cd "$1" || exit 1
  digest=$(cat "instances/$2#"*/release 2>/dev/null | head -n 1)
  if [ -z "$digest" ]; then
    # No instance of it is on this host.
    rm -f current
    return 0
  fi
  ln -sfn "releases/$digest" current.new && mv -T -f current.new current
}

# forget <service>: removes everything of it. Only when nothing runs.
forget() {
  [ -d "$1" ] || return 0
  locked "$1"
  [ -z "$(instances "$1")" ] || fail "instances still run"
  chmod -R u+w "$1" && rm -rf "$1"
}

# --- looking

# observe <service> <version>: a line for each instance: index, port, whether it is kept, phase, restarts, exit code,
# seconds since, whether its process lives, and the last line that it wrote.
observe() {
  instances "$1" | while IFS= read -r place; do
    case ${place##*/} in "$2#"*) ;; *) continue ;; esac
    phase=running restarts=0 code=0 since=$(now)
    if by_systemd "$place"; then
      case $(unit_state "$place" ActiveState)/$(unit_state "$place" SubState) in
      active/*) ;;
      activating/auto-restart*) phase=waiting ;;
      activating/*) ;;
      failed/*) phase=flapping ;;
      # Somebody stopped it by hand.
      *) phase=waiting ;;
      esac
      restarts=$(unit_state "$place" NRestarts)
      code=$(unit_state "$place" ExecMainStatus)
      # The file is written at each start.
      since=$(stat -c %Y "$place/program" 2>/dev/null || now)
      (cd "$place" && keep_log_short)
    else
      read -r phase restarts code since 2>/dev/null <"$place/state" || :
    fi
    kept=no lives=no
    ! is_kept "$place" || kept=yes
    [ -z "$(living "$place")" ] || lives=yes
    last=$(tail -c 2000 "$place/log" 2>/dev/null | tail -n 1 | tr -d '\000-\037\177' | cut -c 1-300)
    echo "${place##*#} $(cat "$place/port" 2>/dev/null || echo 0) $kept $phase $restarts $code $(($(now) - since)) $lives $last"
  done
}

# output <service> <version>: a line for each instance: index, and the end of what it wrote in base64.
output() {
  instances "$1" | while IFS= read -r place; do
    case ${place##*/} in "$2#"*) ;; *) continue ;; esac
    echo "${place##*#} $(tail -c 262144 "$place/log" 2>/dev/null | base64 | tr -d '\n')"
  done
}

task=$1
shift
case $task in
supervisor | run | hold | start | trim | sweep | settle | forget | observe | output) "$task" "$@" ;;
*) fail "no such task" 64 ;;
esac
