#!/bin/bash
# Builds the providers: C -> WebAssembly -> C -> metered native code.
#
#   build.sh                 build; fails when a module differs from modules.lock
#   build.sh --update-lock   build, and accept what was built
#   build.sh --check FILE    check one .wasm file as a provider is checked, and print its imports
#   PROVIDERS=DIR build.sh …  build in DIR/*/provider.c as well; DIR/modules.lock is theirs
#   build.sh --objects DIRECTORY   compile each DIRECTORY/*.wasm to a metered object beside it, unchecked (conformance tests)
#
# Output in artifacts/native: liblatchgate_native.a (for the published binary), liblatchgate_native.so (for runs under the JIT),
# liblatchgate_hostile.so (modules that attack the sandbox, for tests), wasm/NAME.wasm, modules.built.
# Needs clang-14, lld-14, wabt 1.0.32 and gcc. The same inputs and tools give the same bytes.
set -euo pipefail
shopt -s inherit_errexit nullglob
export LC_ALL=C
# PROVIDERS is relative to where this was called.
extra=${PROVIDERS:+$(realpath -- "$PROVIDERS")}
cd "$(dirname "$0")/.."

out=artifacts/native
obj=$out/obj
hostile=tests/LatchGate.Tests/Sandbox/hostile
examples=providers/examples

die() { echo "providers/build.sh: $*" >&2; exit 1; }

# WebAssembly 1.0 and nothing newer: smaller to audit, and no instruction does unbounded work in one basic block.
mvp=(--disable-bulk-memory --disable-reference-types --disable-multi-value --disable-simd --disable-sign-extension
  --disable-saturating-float-to-int)

wasm_flags=(--target=wasm32-unknown-unknown -std=c17 -Os -Wall -Wextra -Werror -Wno-unused-function -ffreestanding -fno-builtin
  -nostdlib -mno-bulk-memory -Iproviders/include -fuse-ld=lld -Wl,--no-entry -Wl,--strip-all -Wl,--stack-first
  -Wl,-z,stack-size=8192 -Wl,--initial-memory=65536)

common=(-std=gnu17 -O2 -fPIC -ftls-model=initial-exec -DWASM_RT_MEMCHECK_SIGNAL_HANDLER=0 -DNDEBUG -Iproviders/runtime -I"$obj")
runtime_flags=("${common[@]}" -Wall -Wextra -Werror)
# Exact IEEE arithmetic, wrapping integers, every call a real call, and no frame larger than the stack reserve allows for (guest.h).
module_flags=("${common[@]}" -fsanitize-coverage=trace-pc -fno-optimize-sibling-calls -frounding-math -fsignaling-nans
  -ffp-contract=off -fwrapv -Werror=frame-larger-than=8192 -Werror=alloca -Werror=vla -Werror=incompatible-pointer-types)
# Arguments on the stack must count as part of the frame; other architectures always do it this way.
[[ $(uname -m) != x86_64 ]] || module_flags+=(-maccumulate-outgoing-args)

# check FILE: prints the imported interfaces as a comma list, "-" for none; fails when the module imports anything else.
check() {
  local file=$1 line imports=()
  local known='^ - func\[[0-9]+\] sig=[0-9]+ <.*> <- (latchgate:io/(http|fs)\.request|latchgate:io/log\.write)$'
  wasm-validate "${mvp[@]}" "$file" || die "$file is not a valid WebAssembly 1.0 module."
  while IFS= read -r line; do
    [[ $line =~ $known ]] ||
      die "$file has an import that no host interface provides: ${line# - }"
    imports+=("${BASH_REMATCH[1]%.*}")
  done < <(wasm-objdump -x -j Import "$file" 2>/dev/null | grep '^ - ' || true)
  ((${#imports[@]})) && printf '%s\n' "${imports[@]}" | sort -u | paste -sd, || echo -
}

has_start() { wasm-objdump -h "$1" | grep -q '^ *Start '; }

# to_c FILE NAME DIRECTORY: DIRECTORY/NAME.c and NAME.h. The loop heads are metered through LG_LOOP (wasm-rt.h), so no label may be
# of a kind that this does not know.
to_c() {
  wasm2c "$1" -n "$2" -o "$3/$2.c"
  ! grep -nE '^ *w2c_[A-Za-z0-9_]+: *;? *$' "$3/$2.c" | grep -vE ' *w2c_([LBI][0-9]+|Bfunc):' || die "$2 has a label of an unknown kind."
  sed -E -i 's/^( *w2c_L[0-9]+:) *$/\1 LG_LOOP;/' "$3/$2.c"
}

# translate NAME: wasm/NAME.wasm -> obj/NAME.c, and obj/NAME.glue.c with the module's entry for the runtime.
translate() {
  local name=$1 wasm=$out/wasm/$1.wasm imports flags=0 start=false arguments digest
  imports=$(check "$wasm")
  [[ $imports == *io/http* ]] && flags=$((flags | 1))
  [[ $imports == *io/fs* ]] && flags=$((flags | 2))
  [[ $imports == *io/log* ]] && flags=$((flags | 4))
  has_start "$wasm" && start=true
  to_c "$wasm" "$name" "$obj"
  digest=$(sha256sum "$wasm" | cut -d' ' -f1)
  arguments=$(grep -oE "^void Z_${name}_instantiate\(.*\);" "$obj/$name.h" | grep -oE 'struct Z_latchgate[A-Za-z0-9]+_instance_t' |
    sed 's/.*/, (&*)host/' | tr -d '\n' || true)
  cat >"$obj/$name.glue.c" <<GLUE
#include "$name.h"
#include "guest.h"
#include "imports.h"
typedef Z_${name}_instance_t instance_t;
_Static_assert(sizeof(instance_t) <= LG_MAX_INSTANCE, "$name has too many globals");
static void instantiate(void *instance, lg_guest *host) { (void)host; Z_${name}_instantiate(instance$arguments); }
static void release(void *instance) { Z_${name}_free(instance); }
static wasm_rt_memory_t *memory(void *instance) { wasm_rt_memory_t *(*f)(instance_t *) = Z_${name}Z_memory; return f(instance); }
static uint32_t alloc(void *instance, uint32_t n) { uint32_t (*f)(instance_t *, uint32_t) = Z_${name}Z_lg_alloc; return f(instance, n); }
static uint64_t execute(void *instance, uint32_t at, uint32_t n) { uint64_t (*f)(instance_t *, uint32_t, uint32_t) = Z_${name}Z_execute; return f(instance, at, n); }
static atomic_bool initialised;
const lg_module lg_module_$name = {
    "$name", "$(sed 's/../\\x&/g' <<<"$digest")", $flags, $start, &initialised,
    Z_${name}_init_module, instantiate, release, memory, alloc, execute,
};
GLUE
  echo "$name sha256:$digest $imports"
}

# table FUNCTION NAME...: the list of modules that a library holds.
table() {
  local function=$1 name
  shift
  echo '#include "guest.h"'
  for name in "$@"; do echo "extern const lg_module lg_module_$name;"; done
  echo "const lg_module *$function(uint32_t index);"
  echo "const lg_module *$function(uint32_t index) {"
  echo "  static const lg_module *const modules[] = {$(printf '&lg_module_%s, ' "$@")};"
  echo '  return index < sizeof modules / sizeof *modules ? modules[index] : NULL;'
  echo '}'
}

# compile NAME...: the generated code of modules, metered.
compile() {
  local name
  for name in "$@"; do
    gcc "${module_flags[@]}" -c "$obj/$name.c" -o "$obj/$name.o"
    gcc "${runtime_flags[@]}" -c "$obj/$name.glue.c" -o "$obj/$name.glue.o"
  done
}

# The folders with providers, each with a modules.lock of its own.
folders=(providers "$examples" ${extra:+"$extra"})
[[ $extra != "$PWD/$examples" && $extra != "$PWD/providers" ]] || folders=(providers "$examples")

# compare_lock: every folder's lock names the modules that were built from it.
compare_lock() {
  local folder list=$out/modules.folder
  for folder in "${folders[@]}"; do
    : >"$list"
    for source in "$folder"/*/provider.c; do grep -E "^$(basename "$(dirname "$source")") " "$out/modules.all" >>"$list"; done
    if [[ $update == true ]]; then
      cmp -s "$list" "$folder/modules.lock" || cp "$list" "$folder/modules.lock"
    elif ! cmp -s "$list" "$folder/modules.lock"; then
      diff -u "$folder/modules.lock" "$list" >&2 || true
      die "the built modules differ from $folder/modules.lock. When that is meant, run ${PROVIDERS:+PROVIDERS=$PROVIDERS }providers/build.sh --update-lock and commit the lock."
    fi
  done
}

update=false
case ${1-} in
  '') ;;
  --update-lock) update=true ;;
  --check) check "${2:?usage: build.sh --check FILE}"; exit ;;
  --objects)
    for wasm in "${2:?usage: build.sh --objects DIRECTORY}"/*.wasm; do
      name=$(basename "$wasm" .wasm)
      to_c "$wasm" "$name" "$2"
      gcc "${module_flags[@]}" -c "$2/$name.c" -o "$2/$name.o"
    done
    exit ;;
  *) die "unknown argument $1" ;;
esac

for tool in clang-14 wasm-ld-14 wasm2c wasm-objdump wasm-validate gcc ar sha256sum; do
  command -v "$tool" >/dev/null || die "$tool is missing. Debian packages: clang-14 lld-14 wabt gcc binutils."
done

# Nothing to do when neither inputs nor tools changed.
inputs=$({ find providers "$hostile" ${extra:+"$extra"} -type f ! -name modules.lock -print0 | sort -z | xargs -0 sha256sum
  clang-14 --version; gcc --version; wasm2c --version; } | sha256sum)
if [[ -f $out/stamp && $(<"$out/stamp") == "$inputs" ]]; then
  compare_lock
  exit 0
fi
rm -rf "$obj" "$out/wasm" "$out/stamp"
mkdir -p "$obj" "$out/wasm"

# build_modules FOLDER: its providers; their names go to built.
built=()
build_modules() {
  local source name line
  for source in "$1"/*/provider.c; do
    name=$(basename "$(dirname "$source")")
    [[ $name =~ ^[a-z][a-z0-9_]{0,63}$ ]] || die "$source: a provider's folder is named in a-z, 0-9 and _, beginning with a letter."
    [[ ! -e $out/wasm/$name.wasm ]] || die "$source: there is another provider named $name."
    clang-14 "${wasm_flags[@]}" -o "$out/wasm/$name.wasm" "$source"
    ! has_start "$out/wasm/$name.wasm" || die "$name has a start function, which no provider may have."
    line=$(translate "$name") # a variable, so that a failure ends the build
    echo "$line" >>"$out/modules.all"
    built+=("$name")
  done
}

: >"$out/modules.all"
build_modules providers
names=("${built[@]}")

# The examples are for the tests: in the library of runs under the JIT, and in the published file only when PROVIDERS names them.
built=()
build_modules "$examples"
sample=("${built[@]}")
built=()
if [[ -n $extra && $extra != "$PWD/providers" ]]; then
  if [[ $extra == "$PWD/$examples" ]]; then
    built=("${sample[@]}")
    sample=()
  else
    build_modules "$extra"
  fi
  ((${#built[@]})) || die "there is no $PROVIDERS/*/provider.c."
  names+=("${built[@]}")
fi
compare_lock
for name in "${names[@]}"; do grep -E "^$name " "$out/modules.all"; done >"$out/modules.built"

runtime=()
for source in providers/runtime/*.c; do
  object=$obj/rt_$(basename "$source" .c).o
  gcc "${runtime_flags[@]}" -c "$source" -o "$object"
  runtime+=("$object")
done
table lg_module_at "${names[@]}" >"$obj/table.c"
gcc "${runtime_flags[@]}" -c "$obj/table.c" -o "$obj/table.o"
table lg_module_at "${names[@]}" "${sample[@]}" >"$obj/jit_table.c"
gcc "${runtime_flags[@]}" -c "$obj/jit_table.c" -o "$obj/jit_table.o"
compile "${names[@]}" "${sample[@]}"
objects=("${runtime[@]}")
for name in "${names[@]}"; do objects+=("$obj/$name.o" "$obj/$name.glue.o"); done
rm -f "$out/liblatchgate_native.a"
ar rcsD "$out/liblatchgate_native.a" "${objects[@]}" "$obj/table.o"
objects+=("$obj/jit_table.o")
for name in "${sample[@]}"; do objects+=("$obj/$name.o" "$obj/$name.glue.o"); done
link=(gcc -shared -Wl,-z,now -Wl,-z,relro -Wl,--no-undefined -Wl,--build-id=none)
"${link[@]}" -Wl,-soname,liblatchgate_native.so -o "$out/liblatchgate_native.so" "${objects[@]}" -lm

bad=()
for source in "$hostile"/*.wat "$hostile"/*.c; do
  name=$(basename "${source%.*}")
  bad+=("$name")
  case $source in
    *.wat) wat2wasm "$source" -o "$out/wasm/$name.wasm" ;;
    *.c) clang-14 "${wasm_flags[@]}" -o "$out/wasm/$name.wasm" "$source" ;;
  esac
  translate "$name" >/dev/null
done
table lg_hostile_at "${bad[@]}" >"$obj/hostile_table.c"
gcc "${runtime_flags[@]}" -c "$obj/hostile_table.c" -o "$obj/hostile_table.o"
compile "${bad[@]}"
objects=("$obj/hostile_table.o")
for name in "${bad[@]}"; do objects+=("$obj/$name.o" "$obj/$name.glue.o"); done
"${link[@]}" -Wl,-soname,liblatchgate_hostile.so -Wl,-rpath,'$ORIGIN' -o "$out/liblatchgate_hostile.so" "${objects[@]}" \
  -L"$out" -llatchgate_native -lm

# The runs under the JIT load SQLite by this name.
for library in /usr/lib/*/libsqlite3.so.0; do ln -sfn "$library" "$out/libe_sqlite3.so"; done
echo "$inputs" >"$out/stamp"
