#!/usr/bin/env bash
# Runs one plan as N parts on the nodes of a Slurm cluster, and merges them: submit.sh N all [options]
# Run it in the repository, on a file system that all nodes share, after: dotnet build -c Release src/Harness
# SBATCH_* variables (SBATCH_PARTITION, SBATCH_TIMELIMIT, SBATCH_ACCOUNT) choose where it runs.
set -euo pipefail
scripts=$(cd "$(dirname "$0")" && pwd)

if [ $# -lt 2 ] || ! [[ $1 =~ ^[1-9][0-9]{0,3}$ ]]; then
  echo "usage: $0 N (all | run EXPERIMENT…) [options]; N is the number of parts" >&2
  exit 3
fi
if ! command -v sbatch >/dev/null; then
  echo "sbatch is missing: run this where Slurm's commands are installed" >&2
  exit 3
fi
program=${HARNESS:-src/Harness/bin/Release/net10.0/harness}
if ! [ -x "$program" ]; then
  echo "$program is missing: run 'dotnet build -c Release src/Harness' in the repository, and this script from its root, or set HARNESS" >&2
  exit 3
fi
parts=$1
shift

# All parts need one seed.
seed=()
case " $* " in
  *" --seed "* | *" --seed="*) ;;
  *) seed=(--seed "$((RANDOM * 32768 + RANDOM))") ;;
esac
# A mistake in the arguments is said now, not by each part.
"$program" "$@" "${seed[@]}" --shard "1/$parts" --dry-run >/dev/null

array=$(sbatch --parsable --array="1-$parts" "$scripts/shard.sbatch" "$@" "${seed[@]}")
array=${array%%;*}
# Also where a part failed: the merge then says which is missing.
merge=$(sbatch --parsable --dependency="afterany:$array" "$scripts/merge.sbatch" "$array")
echo "array $array measures $parts parts; job ${merge%%;*} merges them into results/slurm-$array-merged"
